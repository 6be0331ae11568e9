import { describe, expect, it } from '@jest/globals';
import { type Cancellation, CancelledExecutions } from './cancelled-executions.ts';

const plain = (expiresAt: number): Cancellation => ({ expiresAt, endsAt: null });

describe('cancelled executions', () => {
  it('remembers a cancellation until it expires', () => {
    const cancelled = new CancelledExecutions();
    cancelled.add('x', plain(100), 0);
    expect(cancelled.has('x', 99)).toBe(true);
    expect(cancelled.has('x', 100)).toBe(false);
    expect(cancelled.has('y', 0)).toBe(false);
  });

  it('remembers no cancellation for longer than an execution may live, whatever its expiry', () => {
    const cancelled = new CancelledExecutions();
    cancelled.add('x', plain(2 ** 52), 0);
    expect(cancelled.has('x', 21 * 86_400_000 - 1)).toBe(true);
    expect(cancelled.has('x', 21 * 86_400_000)).toBe(false);
  });

  it('ignores a cancellation that has expired, and keeps the later expiry of two', () => {
    const cancelled = new CancelledExecutions();
    cancelled.add('old', plain(5), 10);
    cancelled.add('x', plain(100), 0);
    cancelled.add('x', plain(50), 0);
    expect(cancelled.has('old', 4)).toBe(false);
    expect(cancelled.has('x', 99)).toBe(true);
  });

  it('notifies a watcher until it ends its watch', () => {
    const cancelled = new CancelledExecutions();
    const notified: string[] = [];
    cancelled.watch('x', () => notified.push('x'));
    const end = cancelled.watch('y', () => notified.push('y'));
    end();
    cancelled.add('x', plain(100), 0);
    cancelled.add('y', plain(100), 0);
    expect(notified).toEqual(['x']);
  });

  it('forgets expired cancellations as it grows', () => {
    const cancelled = new CancelledExecutions();
    for (let i = 0; i < 10_000; i++) cancelled.add(`x${i}`, plain(i + 1), i);
    expect(cancelled.size).toBeLessThan(2_048);
  });

  it('knows the first command that ends an execution, until it expires', () => {
    const cancelled = new CancelledExecutions();
    cancelled.add('x', plain(100), 0);
    expect(cancelled.endsAt('x', 0)).toBeNull();
    cancelled.add('x', { expiresAt: 100, endsAt: 7 }, 0);
    cancelled.add('x', { expiresAt: 100, endsAt: 9 }, 0);
    cancelled.add('x', plain(100), 0);
    expect(cancelled.endsAt('x', 99)).toBe(7);
    expect(cancelled.endsAt('x', 100)).toBeNull();
  });
});
