import { describe, expect, it } from '@jest/globals';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { type Cancellation, CancelledExecutions } from './cancelled-executions.ts';

const of = (executionId: string, accountId = 'a'): ExecutionIdentity => ({ accountId, executionId });
const plain = (expiresAt: number): Cancellation => ({ expiresAt, endsAt: null });

describe('CancelledExecutions', () => {
  it('remembers a cancellation until it expires', () => {
    const cancelled = new CancelledExecutions();
    cancelled.add(of('x'), plain(100), 0);
    expect(cancelled.has(of('x'), 99)).toBe(true);
    expect(cancelled.has(of('x'), 100)).toBe(false);
    expect(cancelled.has(of('y'), 0)).toBe(false);
  });

  it('forgets a cancellation after the maximum duration of an execution, whatever its expiry', () => {
    const cancelled = new CancelledExecutions();
    cancelled.add(of('x'), plain(2 ** 52), 0);
    expect(cancelled.has(of('x'), 21 * 86_400_000 - 1)).toBe(true);
    expect(cancelled.has(of('x'), 21 * 86_400_000)).toBe(false);
  });

  it('ignores a cancellation that has expired, and keeps the later expiry of two cancellations', () => {
    const cancelled = new CancelledExecutions();
    cancelled.add(of('old'), plain(5), 10);
    cancelled.add(of('x'), plain(100), 0);
    cancelled.add(of('x'), plain(50), 0);
    expect(cancelled.has(of('old'), 4)).toBe(false);
    expect(cancelled.has(of('x'), 99)).toBe(true);
  });

  it('notifies a watcher until it ends its watch', () => {
    const cancelled = new CancelledExecutions();
    const notified: string[] = [];
    cancelled.watch(of('x'), () => notified.push('x'));
    const end = cancelled.watch(of('y'), () => notified.push('y'));
    end();
    cancelled.add(of('x'), plain(100), 0);
    cancelled.add(of('y'), plain(100), 0);
    expect(notified).toEqual(['x']);
  });

  it('forgets expired cancellations as it grows', () => {
    const cancelled = new CancelledExecutions();
    for (let i = 0; i < 10_000; i++) cancelled.add(of(`x${i}`), plain(i + 1), i);
    expect(cancelled.size).toBeLessThan(2_048);
  });

  it('returns the offset of the first command that ends an execution, until the cancellation expires', () => {
    const cancelled = new CancelledExecutions();
    cancelled.add(of('x'), plain(100), 0);
    expect(cancelled.endsAt(of('x'), 0)).toBeNull();
    cancelled.add(of('x'), { expiresAt: 100, endsAt: 7 }, 0);
    cancelled.add(of('x'), { expiresAt: 100, endsAt: 9 }, 0);
    cancelled.add(of('x'), plain(100), 0);
    expect(cancelled.endsAt(of('x'), 99)).toBe(7);
    expect(cancelled.endsAt(of('x'), 100)).toBeNull();
  });

  it('distinguishes accounts and long ids', () => {
    const cancelled = new CancelledExecutions();
    const long = 'x'.repeat(199);
    cancelled.add(of(`${long}1`), plain(100), 0);
    cancelled.add(of('y'), plain(100), 0);
    expect([cancelled.has(of(`${long}1`), 0), cancelled.has(of(`${long}2`), 0)]).toEqual([true, false]);
    expect([cancelled.has(of('y'), 0), cancelled.has(of('y', 'b'), 0)]).toEqual([true, false]);
  });

  it('R-023: keeps all cancellations that end an execution, and others up to the share of their account', () => {
    const cancelled = new CancelledExecutions(9);
    const kept = (accountId: string, count: number, endsAt: number | null): number =>
      Array.from({ length: count }, (_, index) =>
        cancelled.add(of(`${accountId}${endsAt}${index}`, accountId), { expiresAt: 100, endsAt }, 0),
      ).filter(Boolean).length;
    expect(kept('a', 20, null)).toBe(6);
    expect(kept('b', 20, null)).toBe(2);
    expect(kept('a', 20, 7)).toBe(20);
    expect(cancelled.size).toBe(28);
  });

  it('R-023: makes room for an account by removing expired cancellations, at most once a minute', () => {
    const cancelled = new CancelledExecutions(3);
    const add = (id: string, expiresAt: number, now: number): boolean =>
      cancelled.add(of(id), plain(expiresAt), now);
    expect([add('x', 70_000, 0), add('y', 70_000, 0), add('z', 200_000, 0)]).toEqual([true, true, false]);
    expect([add('z', 200_000, 69_999), add('z', 200_000, 129_998)]).toEqual([false, false]);
    expect(add('z', 200_000, 129_999)).toBe(true);
  });

  it('replaces a cancellation that ended nothing with one that ends the execution', () => {
    const cancelled = new CancelledExecutions(2);
    cancelled.add(of('x'), plain(100), 0);
    cancelled.add(of('x'), { expiresAt: 100, endsAt: 7 }, 0);
    expect(cancelled.endsAt(of('x'), 0)).toBe(7);
    expect([cancelled.add(of('y'), plain(100), 0), cancelled.add(of('z'), plain(100), 0)]).toEqual([
      true,
      true,
    ]);
  });
});
