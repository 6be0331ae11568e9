import { jestExpect } from '@jest/expect';
import { ModernFakeTimers } from '@jest/fake-timers';
import type { Config } from '@jest/types';

/** Stands in for `@jest/globals` in a worker: what our tests use of it, without module mocks and snapshots. */
export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from 'jest-circus';
export const expect = jestExpect;

/** Fake timers are the one thing that tests replace, to let an hour pass at once. */
const config = { fakeTimers: { enableGlobally: false } } as Config.ProjectConfig;
const timers = new ModernFakeTimers({ config, global: globalThis });

export const jest = {
  useFakeTimers: (options?: Config.FakeTimersConfig) => timers.useFakeTimers(options),
  useRealTimers: () => timers.useRealTimers(),
  advanceTimersByTime: (ms: number) => timers.advanceTimersByTime(ms),
};
