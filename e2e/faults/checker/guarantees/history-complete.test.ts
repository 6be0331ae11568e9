import { describe, expect, it } from '@jest/globals';
import { goodHistory } from '../testing/hand-made.ts';
import { changed, findingsOf, lineOf, without } from '../testing/findings.ts';
import { historyComplete } from './history-complete.ts';

const good = goodHistory();
const plain = { executionId: 'plain' };

describe('history complete', () => {
  it('accepts a correct history', () => {
    expect(findingsOf(historyComplete, good)).toEqual([]);
  });

  it.each([
    ['a missing row', without(good, 'row', plain), 'plain: has no row'],
    ['two rows', [...good, { ...lineOf(good, 'row', plain), acceptedAt: 1_001 }], 'plain: has 2 rows'],
    [
      'a row with a wrong acceptance time',
      changed(good, 'row', plain, { acceptedAt: 999 }),
      'plain: its row was accepted at 999, its request at 1000',
    ],
    [
      'a row that contradicts the outcome',
      changed(good, 'row', plain, { status: 'pending', attempts: 0 }),
      'plain: its row has status pending after 0 attempts, its outcome success after 1',
    ],
    [
      'a missing attempt',
      without(good, 'attempt-row', { executionId: 'retried', attempt: 2 }),
      'retried: attempt 2 has 0 rows',
    ],
    [
      'an attempt row that contradicts its record',
      changed(good, 'attempt-row', plain, { status: 'error' }),
      'plain: the row of attempt 1 has status error, its record success',
    ],
    [
      'an attempt that was never made',
      [...good, { ...lineOf(good, 'attempt-row', plain), attempt: 2 }],
      'plain: attempt 2 has a row but no record',
    ],
  ])('finds %s', (_, history, finding) => {
    expect(findingsOf(historyComplete, history)).toEqual([finding]);
  });

  it('finds a row without a request', () => {
    const unasked = without(without(good, 'requested', plain), 'accepted', plain);
    expect(findingsOf(historyComplete, unasked)).toEqual(['plain: has a row, but was never requested']);
  });

  it('finds a row with a wrong number of attempts', () => {
    expect(findingsOf(historyComplete, changed(good, 'row', plain, { attempts: 2 }))).toEqual([
      'plain: its row has status success after 2 attempts, its outcome success after 1',
    ]);
  });
});
