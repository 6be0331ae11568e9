import { describe, expect, it } from '@jest/globals';
import { goodHistory } from '../testing/hand-made.ts';
import { findingsOf, lineOf, without } from '../testing/findings.ts';
import { oneOutcome } from './one-outcome.ts';

const good = goodHistory();
const { dueAt } = lineOf(good, 'delayed', { executionId: 'retried', attempt: 3 });

describe('one outcome', () => {
  it('accepts a correct history', () => {
    expect(findingsOf(oneOutcome, good)).toEqual([]);
  });

  it('finds a lost execution', () => {
    expect(findingsOf(oneOutcome, without(good, 'completed', { executionId: 'retried' }))).toEqual([
      `retried: lost: it was accepted and has no outcome; attempt 3 was due at ${dueAt}`,
    ]);
  });

  it('finds a request that Kafka acknowledged and lost', () => {
    const acknowledged = { kind: 'accepted', accountId: 'account', executionId: 'gone', at: 5_000 } as const;
    expect(findingsOf(oneOutcome, [...good, acknowledged])).toEqual([
      'gone: lost: it was accepted and has no outcome',
    ]);
  });

  it('finds calls and outcomes without a request', () => {
    const unasked = without(without(good, 'requested', { executionId: 'plain' }), 'accepted', {
      executionId: 'plain',
    });
    expect(findingsOf(oneOutcome, unasked)).toEqual([
      'plain: has an outcome, but was never requested',
      'plain: was called, but never requested',
    ]);
  });
});
