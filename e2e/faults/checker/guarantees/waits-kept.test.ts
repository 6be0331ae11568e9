import { describe, expect, it } from '@jest/globals';
import { goodHistory } from '../testing/hand-made.ts';
import { changed, findingsOf, lineOf } from '../testing/findings.ts';
import { waitsKept } from './waits-kept.ts';

const good = goodHistory();
const second = { executionId: 'retried', attempt: 2 };
const dueAt = lineOf(good, 'delayed', second).dueAt;

describe('waits kept', () => {
  it('accepts a correct history', () => {
    expect(findingsOf(waitsKept, good)).toEqual([]);
  });

  it('finds a call before its dueAt', () => {
    const early = changed(good, 'call', second, { startedAt: dueAt - 3 });
    expect(findingsOf(waitsKept, early)).toContain('retried: attempt 2 was called 3 ms before its dueAt');
  });

  it('finds a dueAt that is earlier than the backoff allows', () => {
    const third = { executionId: 'retried', attempt: 3 };
    const failed = lineOf(good, 'call', second);
    const soon = { startedAt: failed.endedAt + 1_400, endedAt: failed.endedAt + 1_410 };
    const hasty = changed(changed(good, 'call', third, soon), 'delayed', third, { dueAt: soon.startedAt });
    expect(findingsOf(waitsKept, hasty)).toEqual([
      'retried: attempt 3 started after 1400 ms instead of 1500 ms',
    ]);
  });

  it('finds a Retry-After that was not honoured', () => {
    const asked = changed(good, 'call', { executionId: 'retried', attempt: 1 }, { retryAfterMs: 2_000 });
    expect(findingsOf(waitsKept, asked)).toEqual([
      'retried: attempt 2 started after 500 ms instead of 2000 ms',
    ]);
  });

  it('applies the latest deferral of an attempt', () => {
    const wait = lineOf(good, 'delayed', second);
    const deferred = { ...wait, deferrals: 1, offset: 9_001, at: wait.at + 5, dueAt: dueAt + 100 };
    expect(findingsOf(waitsKept, [...good, deferred])).toEqual([
      'retried: attempt 2 was called 100 ms before its dueAt',
    ]);
  });

  it('accepts a call that is early within the tolerance', () => {
    expect(findingsOf(waitsKept, changed(good, 'call', second, { startedAt: dueAt - 2 }))).toEqual([]);
  });

  it('ignores a wait that was published after the call', () => {
    const wait = lineOf(good, 'delayed', second);
    const { startedAt } = lineOf(good, 'call', second);
    const later = { ...wait, deferrals: 1, offset: 9_001, at: startedAt + 1, dueAt: dueAt + 9_000 };
    expect(findingsOf(waitsKept, [...good, later])).toEqual([]);
  });

  it('applies the earlier dueAt if two owners published a wait for the same step', () => {
    const wait = lineOf(good, 'delayed', second);
    const other = { ...wait, offset: 9_001, at: wait.at + 1, dueAt: dueAt + 40 };
    expect(findingsOf(waitsKept, [...good, other])).toEqual([]);
  });
});
