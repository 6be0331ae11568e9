import { describe, expect, it } from '@jest/globals';
import { ExecutionWindow } from './execution-window.ts';

const first = { attempt: 1, deferrals: 0 };
const second = { attempt: 2, deferrals: 0 };
const limits = { maxAgeMs: 300_000, maxExecutions: 3 };

describe('execution window', () => {
  it('skips a request that is queued or in flight here', () => {
    const window = new ExecutionWindow();
    expect(window.take('x', first, true)).toBeNull();
    expect(window.take('x', first, true)).toBe('in_hand');
  });

  it('skips everything of a completed execution', () => {
    const window = new ExecutionWindow();
    window.take('x', first, true);
    window.completed('x', 0);
    expect(window.take('x', first, true)).toBe('completed');
    expect(window.take('x', second, false)).toBe('completed');
  });

  it('skips a request whose retry is announced, and takes the retry itself', () => {
    const window = new ExecutionWindow();
    window.take('x', first, true);
    window.delayed('x', second, 0);
    expect(window.take('x', first, true)).toBe('superseded');
    expect(window.take('x', first, false)).toBe('superseded');
    expect(window.take('x', second, false)).toBeNull();
  });

  it('skips a due record that a later deferral of the same attempt superseded', () => {
    const window = new ExecutionWindow();
    window.delayed('x', { attempt: 2, deferrals: 3 }, 0);
    expect(window.take('x', { attempt: 2, deferrals: 2 }, false)).toBe('superseded');
    expect(window.take('x', { attempt: 2, deferrals: 3 }, false)).toBeNull();
    expect(window.take('x', { attempt: 2, deferrals: 3 }, false)).toBe('in_hand');
  });

  it('takes again what was given up without a verdict', () => {
    const window = new ExecutionWindow();
    window.take('x', first, true);
    window.dropped('x');
    expect(window.take('x', first, true)).toBeNull();
  });

  it('forgets verdicts by age', () => {
    const window = new ExecutionWindow(limits);
    window.completed('old', 0);
    window.completed('new', 300_001);
    expect(window.take('old', first, true)).toBeNull();
    expect(window.take('new', first, true)).toBe('completed');
  });

  it('forgets the oldest verdicts when there are too many, never what is in hand', () => {
    const window = new ExecutionWindow(limits);
    window.take('held', first, true);
    for (const execution of ['a', 'b', 'c', 'd']) window.completed(execution, 1);
    expect(window.take('a', first, true)).toBeNull();
    expect(window.take('d', first, true)).toBe('completed');
    expect(window.take('held', first, true)).toBe('in_hand');
  });
});
