import { describe, expect, it } from '@jest/globals';
import { ExecutionWindow } from './execution-window.ts';

const LIMITS = { maxAgeMs: 300_000, maxExecutions: 3 };
const first = { attempt: 1, deferrals: 0 };
const second = { attempt: 2, deferrals: 0 };

describe('execution window', () => {
  it('returns no reason for an execution without a verdict', () => {
    expect(new ExecutionWindow(LIMITS).doneReason('x', first, true)).toBeNull();
  });

  it('recognises every step of a completed execution', () => {
    const window = new ExecutionWindow(LIMITS);
    window.completed('x', 0);
    expect(window.doneReason('x', first, true)).toBe('completed');
    expect(window.doneReason('x', second, false)).toBe('completed');
  });

  it('recognises a request whose retry is announced, but not the retry itself', () => {
    const window = new ExecutionWindow(LIMITS);
    window.delayed('x', second, 0);
    expect(window.doneReason('x', first, true)).toBe('superseded');
    expect(window.doneReason('x', first, false)).toBe('superseded');
    expect(window.doneReason('x', second, false)).toBeNull();
  });

  it('recognises a due record that a later deferral of the same attempt superseded', () => {
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

  it('forgets the oldest verdicts if there are too many', () => {
    const window = new ExecutionWindow(LIMITS);
    for (const execution of ['a', 'b', 'c', 'd']) window.completed(execution, 1);
    expect(window.size).toBe(3);
    expect(window.doneReason('a', first, true)).toBeNull();
    expect(window.doneReason('d', first, true)).toBe('completed');
  });
});
