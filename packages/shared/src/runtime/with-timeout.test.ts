import { expect, it } from '@jest/globals';
import { unlessAborted } from './unless-aborted.ts';
import { withTimeout } from './with-timeout.ts';

const never = new Promise<never>(() => undefined);
const HOUR_MS = 3_600_000;

it('withTimeout settles with the result or the error of the work if it ends in time', async () => {
  const late = (): string => 'late';
  expect(await withTimeout(Promise.resolve('done'), HOUR_MS, late)).toBe('done');
  await expect(withTimeout(Promise.reject(new Error('failed')), HOUR_MS, late)).rejects.toThrow('failed');
});

it('withTimeout settles with the result or the error of the callback if the work is late', async () => {
  expect(await withTimeout(never, 1, () => 'late')).toBe('late');
  const refuse = (): never => {
    throw new Error('not within 1 ms');
  };
  await expect(withTimeout(never, 1, refuse)).rejects.toThrow('not within 1 ms');
});

it.each([2 ** 31, Infinity])(
  'withTimeout with a timeout of %d ms, which is longer than a timer can wait, never times out',
  async (timeoutMs) => {
    const work = Promise.withResolvers<string>();
    const result = withTimeout(work.promise, timeoutMs, () => 'late');
    // A timer with such a timeout would fire after one millisecond.
    await withTimeout(never, 5, () => undefined);
    work.resolve('done');
    expect(await result).toBe('done');
  },
);

it('a wait rejects with the reason of a signal that is aborted before or during the wait', async () => {
  const stopping = new AbortController();
  const waiting = unlessAborted(never, stopping.signal);
  stopping.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  await expect(unlessAborted(never, stopping.signal)).rejects.toThrow('stopped');
  await expect(withTimeout(never, HOUR_MS, () => 'late', stopping.signal)).rejects.toThrow('stopped');
  expect(await unlessAborted(Promise.resolve('done'), new AbortController().signal)).toBe('done');
});
