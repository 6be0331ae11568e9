import { describe, expect, it } from '@jest/globals';
import { retryUntilStopped } from './retry-until-stopped.ts';

/** Returns work that fails `times` times before it succeeds, and a callback `failed` that records the pauses. */
function failing(times: number) {
  const pauses: number[] = [];
  let tries = 0;
  const work = async (): Promise<string> => {
    if (tries++ < times) throw new Error(`try ${tries}`);
    return 'done';
  };
  return { work, pauses, failed: (_error: unknown, pauseMs: number) => void pauses.push(pauseMs) };
}

describe('retryUntilStopped', () => {
  it('doubles the pause up to its maximum', async () => {
    const { work, failed, pauses } = failing(5);
    expect(await retryUntilStopped(work, failed, { firstMs: 1, maxMs: 6 })).toBe('done');
    expect(pauses).toEqual([1, 2, 4, 6, 6]);
  });

  it('returns to the first pause after the work has reported that it works', async () => {
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

  it('rejects with an error thrown by the failure callback', async () => {
    const { work } = failing(1);
    const refuse = (error: unknown): void => {
      throw error;
    };
    await expect(retryUntilStopped(work, refuse, { firstMs: 1, maxMs: 1 })).rejects.toThrow('try 1');
  });
});

describe('an abort', () => {
  const RETRY = { firstMs: 3_600_000, maxMs: 3_600_000 };

  it('ends a pause immediately', async () => {
    const stopping = new AbortController();
    const { work } = failing(1);
    const stop = (): void => void setImmediate(() => stopping.abort(new Error('stopped')));
    await expect(retryUntilStopped(work, stop, { ...RETRY, signal: stopping.signal })).rejects.toThrow(
      'stopped',
    );
  });

  it('prevents work from starting', async () => {
    const { work } = failing(0);
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(retryUntilStopped(work, () => undefined, { ...RETRY, signal })).rejects.toThrow('stopped');
  });

  it('abandons running work, unless it is to be awaited', async () => {
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

  it('with await-work, lets the first try run and report its failure, and prevents further tries', async () => {
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
