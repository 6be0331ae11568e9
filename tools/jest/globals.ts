import { jestExpect } from '@jest/expect';
import { ModernFakeTimers } from '@jest/fake-timers';
import type { Config } from '@jest/types';

/** Replaces `@jest/globals` in a worker with the functions that our tests use, without module mocks and snapshots. */
export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from 'jest-circus';
export const expect = jestExpect;

/** Fake timers, with which an hour passes immediately; tests mock nothing else. */
const config = { fakeTimers: { enableGlobally: false } } as Config.ProjectConfig;
const timers = new ModernFakeTimers({ config, global: globalThis });

export const jest = {
  useFakeTimers: (options?: Config.FakeTimersConfig) => timers.useFakeTimers(options),
  useRealTimers: () => timers.useRealTimers(),
  advanceTimersByTime: (ms: number) => timers.advanceTimersByTime(ms),
  getTimerCount: () => timers.getTimerCount(),
};
