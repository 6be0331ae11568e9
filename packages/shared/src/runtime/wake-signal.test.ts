import { expect, test } from '@jest/globals';
import { WakeSignal } from './wake-signal.ts';

const FOREVER_MS = 1_000_000;

test('a ring ends a wait', async () => {
  const wake = new WakeSignal();
  const waiting = wake.wait(FOREVER_MS);
  wake.ring();
  await expect(waiting).resolves.toBeUndefined();
});

test('a ring before a wait is not lost, and ends only one wait', async () => {
  const wake = new WakeSignal();
  wake.ring();
  wake.ring();
  await wake.wait(FOREVER_MS);
  const pending = Symbol('pending');
  const second = wake.wait(FOREVER_MS);
  await expect(Promise.race([second, Promise.resolve(pending)])).resolves.toBe(pending);
  wake.ring();
  await second;
});

test('a wait ends after its timeout', async () => {
  await expect(new WakeSignal().wait(1)).resolves.toBeUndefined();
});
