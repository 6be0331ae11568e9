import { describe, expect, it } from '@jest/globals';
import { executionStory, goodHistory, SETTINGS, TAKEN_OVER, TWO_DISPATCHERS } from '../testing/hand-made.ts';
import { changed, findingsOf, without } from '../testing/findings.ts';
import { attemptsInOrder } from './attempts-in-order.ts';

const good = goodHistory();

describe('attempts in order', () => {
  it('accepts a correct history', () => {
    expect(findingsOf(attemptsInOrder, good)).toEqual([]);
  });

  it('finds a gap', () => {
    const gap = without(good, 'attempt', { executionId: 'retried', attempt: 2 });
    expect(findingsOf(attemptsInOrder, gap)).toEqual([
      'retried: its attempts were recorded as 1, 3',
      'retried: attempt 2 was called but not recorded',
      'retried: its outcome counts 3 attempts, but 2 were recorded',
    ]);
  });

  it('finds attempts that were recorded out of order', () => {
    const swapped = changed(good, 'attempt', { executionId: 'retried', attempt: 1 }, { at: 9_000 });
    expect(findingsOf(attemptsInOrder, swapped)).toEqual(['retried: its attempts were recorded as 2, 3, 1']);
  });

  it('finds a call without a record', () => {
    const silent = without(without(good, 'attempt', { executionId: 'plain' }), 'completed', {
      executionId: 'plain',
    });
    expect(findingsOf(attemptsInOrder, silent)).toEqual(['plain: attempt 1 was called but not recorded']);
  });

  it('finds an outcome with a wrong number of attempts', () => {
    const miscounted = changed(good, 'completed', { executionId: 'failed' }, { attempts: 1 });
    expect(findingsOf(attemptsInOrder, miscounted)).toEqual([
      'failed: its outcome counts 1 attempts, but 2 were recorded',
    ]);
  });

  it('finds more attempts than the limit', () => {
    const stubborn = executionStory({ executionId: 'stubborn', at: 0, answers: [500, 500, 500, 500, 200] });
    expect(findingsOf(attemptsInOrder, [SETTINGS, ...stubborn])).toEqual([
      'stubborn: 5 attempts instead of at most 4',
    ]);
  });

  it('accepts as many attempts as the limit allows', () => {
    const patient = executionStory({ executionId: 'patient', at: 0, answers: [500, 500, 500, 200] });
    expect(findingsOf(attemptsInOrder, [SETTINGS, ...patient])).toEqual([]);
  });

  it('allows a late success of an earlier owner to overtake the next attempt, but only at a hand-over', () => {
    const late = executionStory({ executionId: 'late', at: 9_980, answers: [500, 200] });
    const success = changed(late, 'completed', {}, { attempts: 1, at: 10_600 });
    const history = [SETTINGS, ...TWO_DISPATCHERS, ...success];
    expect(findingsOf(attemptsInOrder, [...history, ...TAKEN_OVER])).toEqual([]);
    expect(findingsOf(attemptsInOrder, history)).toEqual([
      'late: its outcome counts 1 attempts, but 2 were recorded',
    ]);
  });
});
