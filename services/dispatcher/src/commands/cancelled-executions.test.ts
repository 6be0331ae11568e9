import { describe, expect, it } from '@jest/globals';
import { CancelledExecutions } from './cancelled-executions.ts';

describe('cancelled executions', () => {
  it('remembers a cancel until it expires', () => {
    const cancelled = new CancelledExecutions();
    cancelled.add('x', 100, 0);
    expect(cancelled.has('x', 99)).toBe(true);
    expect(cancelled.has('x', 100)).toBe(false);
    expect(cancelled.has('y', 0)).toBe(false);
  });

  it('remembers none for longer than an execution may live, whatever it says', () => {
    const cancelled = new CancelledExecutions();
    cancelled.add('x', 2 ** 52, 0);
    expect(cancelled.has('x', 14 * 86_400_000 - 1)).toBe(true);
    expect(cancelled.has('x', 14 * 86_400_000)).toBe(false);
  });

  it('ignores a cancel that is expired already, and keeps the later end of two', () => {
    const cancelled = new CancelledExecutions();
    cancelled.add('old', 5, 10);
    cancelled.add('x', 100, 0);
    cancelled.add('x', 50, 0);
    expect(cancelled.has('old', 4)).toBe(false);
    expect(cancelled.has('x', 99)).toBe(true);
  });

  it('tells the one who watches, until the watch ends', () => {
    const cancelled = new CancelledExecutions();
    const told: string[] = [];
    cancelled.watch('x', () => told.push('x'));
    const end = cancelled.watch('y', () => told.push('y'));
    end();
    cancelled.add('x', 100, 0);
    cancelled.add('y', 100, 0);
    expect(told).toEqual(['x']);
  });

  it('forgets expired cancels as it grows', () => {
    const cancelled = new CancelledExecutions();
    for (let i = 0; i < 10_000; i++) cancelled.add(`x${i}`, i + 1, i);
    expect(cancelled.size).toBeLessThan(2_048);
  });
});
