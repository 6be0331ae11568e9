import { describe, expect, it } from '@jest/globals';
import { ExecutionWindow } from './execution-window.ts';

const LIMITS = { maxAgeMs: 300_000, maxExecutions: 3 };
const first = { attempt: 1, deferrals: 0 };
const second = { attempt: 2, deferrals: 0 };

describe('execution window', () => {
  it('returns no reason for an execution without a verdict', () => {
    expect(new ExecutionWindow(LIMITS).doneReason('x', first, true)).toBeNull();
  });

  it('treats every step of a completed execution as done', () => {
    const window = new ExecutionWindow(LIMITS);
    window.completed('x', 0);
    expect(window.doneReason('x', first, true)).toBe('completed');
    expect(window.doneReason('x', second, false)).toBe('completed');
  });

  it('treats a request as done once its retry is announced, but not the retry itself', () => {
    const window = new ExecutionWindow(LIMITS);
    window.delayed('x', second, 0);
    expect(window.doneReason('x', first, true)).toBe('superseded');
    expect(window.doneReason('x', first, false)).toBe('superseded');
    expect(window.doneReason('x', second, false)).toBeNull();
  });

  it('treats a due record as done if a later deferral of the same attempt superseded it', () => {
    const window = new ExecutionWindow(LIMITS);
    window.delayed('x', { attempt: 2, deferrals: 3 }, 0);
    expect(window.doneReason('x', { attempt: 2, deferrals: 2 }, false)).toBe('superseded');
    expect(window.doneReason('x', { attempt: 2, deferrals: 3 }, false)).toBeNull();
  });

  it('keeps an outcome or a greater step when an earlier announcement is read later', () => {
    const window = new ExecutionWindow(LIMITS);
    window.completed('done', 0);
    window.delayed('done', second, 1);
    expect(window.doneReason('done', second, false)).toBe('completed');

    window.delayed('x', { attempt: 3, deferrals: 1 }, 0);
    window.delayed('x', second, 1);
    expect(window.doneReason('x', second, false)).toBe('superseded');
  });

  it('forgets verdicts by age', () => {
    const window = new ExecutionWindow(LIMITS);
    window.completed('old', 0);
    window.completed('new', 300_001);
    expect(window.doneReason('old', first, true)).toBeNull();
    expect(window.doneReason('new', first, true)).toBe('completed');
  });

  it('remembers a verdict quickly even if it has to forget old verdicts', () => {
    /** Returns the CPU time of remembering 10,000 verdicts after 250,000 others, in ms. */
    const cpuMs = (maxExecutions: number): number => {
      const window = new ExecutionWindow({ maxAgeMs: Infinity, maxExecutions });
      for (let n = 0; n < 250_000; n++) window.completed(`before ${n}`, n);
      const begun = process.threadCpuUsage();
      for (let n = 0; n < 10_000; n++) window.completed(`measured ${n}`, 250_000 + n);
      const { user, system } = process.threadCpuUsage(begun);
      return (user + system) / 1_000;
    };
    // Searching for the oldest verdict each time took a hundred times as long.
    expect(cpuMs(150_000)).toBeLessThan(10 * Math.max(cpuMs(Infinity), 8));
  });

  it('forgets the oldest verdicts if there are too many', () => {
    const window = new ExecutionWindow(LIMITS);
    for (const execution of ['a', 'b', 'c', 'd']) window.completed(execution, 1);
    expect(window.size).toBe(3);
    expect(window.doneReason('a', first, true)).toBeNull();
    expect(window.doneReason('d', first, true)).toBe('completed');
  });
});
