import { describe, expect, it } from '@jest/globals';
import { AccountTurns } from './account-turns.ts';

/** Starts a piece of work that the test ends. */
function startWork(turns: AccountTurns, accountId: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const work = { isRunning: false, end: resolve, fail: reject, ended: Promise.resolve('') };
  work.ended = turns.run(accountId, () => {
    work.isRunning = true;
    return promise;
  });
  return work;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('AccountTurns', () => {
  it('R-023: runs up to `maxRunning` pieces of work of an account at the same time, in order', async () => {
    const turns = new AccountTurns({ maxRunning: 2, maxWaiting: 2 });
    const [first, second, third, fourth] = ['a', 'a', 'a', 'a'].map((id) => startWork(turns, id));
    await nextTurn();
    expect([first, second, third, fourth].map((work) => work?.isRunning)).toEqual([true, true, false, false]);
    expect(turns.waiting).toBe(2);
    second?.end('second');
    expect(await second?.ended).toBe('second');
    await nextTurn();
    expect([third?.isRunning, fourth?.isRunning]).toEqual([true, false]);
    third?.fail(new Error('it failed'));
    await expect(third?.ended).rejects.toThrow('it failed');
    await nextTurn();
    expect(fourth?.isRunning).toBe(true);
    expect(turns.waiting).toBe(0);
  });

  it('R-023: keeps the turn occupied for `restMsOf` after work, but not after work that failed', async () => {
    const rests: { ms: number; end: () => void }[] = [];
    const turns = new AccountTurns({ maxRunning: 1, maxWaiting: 2 }, (end, ms) => rests.push({ ms, end }));
    const restOf = (read: number): number => read * 10;
    expect(await turns.run('a', async () => 7, restOf)).toBe(7);
    const second = startWork(turns, 'a');
    await nextTurn();
    expect([second.isRunning, rests.map(({ ms }) => ms)]).toEqual([false, [70]]);
    rests[0]?.end();
    await nextTurn();
    expect(second.isRunning).toBe(true);
    second.fail(new Error('it failed'));
    await expect(second.ended).rejects.toThrow('it failed');
    expect(await turns.run('a', async () => 0, restOf)).toBe(0);
    expect(rests).toHaveLength(1);
  });

  it('refuses waiting work when the service stops, and lets running work finish', async () => {
    const turns = new AccountTurns({ maxRunning: 1, maxWaiting: 2 });
    const running = startWork(turns, 'a');
    const waiting = startWork(turns, 'a');
    await nextTurn();
    turns.release();
    await expect(waiting.ended).rejects.toMatchObject({ status: 503, code: 'unavailable' });
    running.end('done');
    expect(await running.ended).toBe('done');
    expect(waiting.isRunning).toBe(false);
  });

  it('R-023: refuses work that has waited too long, and gives its place to the next', async () => {
    const tooLate: (() => void)[] = [];
    const limits = { maxRunning: 1, maxWaiting: 2, maxWaitMs: 10_000 };
    const turns = new AccountTurns(limits, (then) => tooLate.push(then));
    const [running, late, next] = Array.from({ length: 3 }, () => startWork(turns, 'a'));
    await nextTurn();
    tooLate[0]?.();
    await expect(late?.ended).rejects.toMatchObject({ status: 429, code: 'too_many_in_progress' });
    running?.end('done');
    await nextTurn();
    expect([late?.isRunning, next?.isRunning]).toEqual([false, true]);
    // This work's maximum wait ends only while the work is running, so it has no effect.
    tooLate[1]?.();
    next?.end('done too');
    expect(await next?.ended).toBe('done too');
  });

  it('R-023: refuses work of an account with too much waiting work, but accepts that of another account', async () => {
    const turns = new AccountTurns({ maxRunning: 1, maxWaiting: 0 });
    const first = startWork(turns, 'a');
    await expect(startWork(turns, 'a').ended).rejects.toMatchObject({
      status: 429,
      code: 'too_many_in_progress',
      headers: { 'retry-after': '2' },
    });
    const other = startWork(turns, 'b');
    await nextTurn();
    expect(other.isRunning).toBe(true);
    first.end('');
    await first.ended;
    const next = startWork(turns, 'a');
    await nextTurn();
    expect(next.isRunning).toBe(true);
  });
});
