import { describe, expect, it } from '@jest/globals';
import { retryUntilStopped } from './retry-until-stopped.ts';

/** Work whose tries fail as often as listed before it succeeds, and what `failed` was given. */
function failing(times: number) {
  const pauses: number[] = [];
  let tries = 0;
  const work = async (): Promise<string> => {
    if (tries++ < times) throw new Error(`try ${tries}`);
    return 'done';
  };
  return { work, pauses, failed: (_error: unknown, pauseMs: number) => void pauses.push(pauseMs) };
}

describe('retrying until it succeeds', () => {
  it('doubles the pause up to its bound', async () => {
    const { work, failed, pauses } = failing(5);
    expect(await retryUntilStopped(work, failed, { firstMs: 1, maxMs: 6 })).toBe('done');
    expect(pauses).toEqual([1, 2, 4, 6, 6]);
  });

  it('begins with the first pause again after work that worked for a while', async () => {
    const pauses: number[] = [];
    let tries = 0;
    await retryUntilStopped(
      async (works) => {
        tries++;
        if (tries === 3) works();
        if (tries < 5) throw new Error(`try ${tries}`);
      },
      (_error, pauseMs) => void pauses.push(pauseMs),
      { firstMs: 1, maxMs: 100 },
    );
    expect(pauses).toEqual([1, 2, 1, 2]);
  });

  it('ends with what is thrown where failures are reported', async () => {
    const { work } = failing(1);
    const refuse = (error: unknown): void => {
      throw error;
    };
    await expect(retryUntilStopped(work, refuse, { firstMs: 1, maxMs: 1 })).rejects.toThrow('try 1');
  });
});

describe('an abort', () => {
  const RETRY = { firstMs: 3_600_000, maxMs: 3_600_000 };

  it('ends a pause at once', async () => {
    const stopping = new AbortController();
    const { work } = failing(1);
    const stop = (): void => void setImmediate(() => stopping.abort(new Error('stopped')));
    await expect(retryUntilStopped(work, stop, { ...RETRY, signal: stopping.signal })).rejects.toThrow(
      'stopped',
    );
  });

  it('keeps work from being begun that nothing waits for', async () => {
    const { work } = failing(0);
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(retryUntilStopped(work, () => undefined, { ...RETRY, signal })).rejects.toThrow('stopped');
  });

  it('leaves running work to itself, unless it is to be awaited', async () => {
    const stopping = new AbortController();
    const { signal } = stopping;
    const running = Promise.withResolvers<string>();
    const none = (): void => undefined;
    const abandoned = retryUntilStopped(() => running.promise, none, { ...RETRY, signal });
    const awaited = retryUntilStopped(() => running.promise, none, {
      ...RETRY,
      signal,
      onAbort: 'await-work',
    });
    stopping.abort(new Error('stopped'));
    await expect(abandoned).rejects.toThrow('stopped');
    running.resolve('done');
    expect(await awaited).toBe('done');
  });

  it('lets a first try that is to be awaited run, report its failure, and none follow it', async () => {
    const failures: unknown[] = [];
    const signal = AbortSignal.abort(new Error('stopped'));
    const { work } = failing(1);
    const note = (error: unknown): void => void failures.push(String(error));
    await expect(retryUntilStopped(work, note, { ...RETRY, signal, onAbort: 'await-work' })).rejects.toThrow(
      'stopped',
    );
    expect(failures).toEqual(['Error: try 1']);
  });
});
