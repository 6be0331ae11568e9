import { describe, expect, it } from '@jest/globals';
import type { HistoryEvent } from '../history-event.ts';
import { executionStory, goodHistory, SETTINGS, TAKEN_OVER, TWO_DISPATCHERS } from '../testing/hand-made.ts';
import { findingsOf } from '../testing/findings.ts';
import { ratesKept } from './rates-kept.ts';

const RATE = { perSecond: 10, burst: 5 };
const ENDPOINT_RATE: HistoryEvent = {
  kind: 'endpoint-rate',
  accountId: 'account',
  endpoint: '/hook',
  rate: RATE,
};

/** Executions whose calls start at these times. */
function calledAt(...times: number[]): HistoryEvent[] {
  return times.flatMap((at, i) => executionStory({ executionId: `${at} ${i}`, at: at - 10 }));
}

const every = (ms: number, count: number, from = 1_000): number[] =>
  Array.from({ length: count }, (_, i) => from + i * ms);

describe('rates kept', () => {
  it('accepts a correct history', () => {
    expect(findingsOf(ratesKept, goodHistory())).toEqual([]);
  });

  it('accepts a burst followed by calls at the rate', () => {
    const calls = calledAt(...every(0, 5), ...every(100, 20, 1_100));
    expect(findingsOf(ratesKept, [SETTINGS, ENDPOINT_RATE, ...calls])).toEqual([]);
  });

  it('finds a burst that is too large', () => {
    expect(findingsOf(ratesKept, [SETTINGS, ENDPOINT_RATE, ...calledAt(...every(0, 6))])).toEqual([
      'endpoint /hook of account: calls up to 1000 exceed 10/s with a burst of 5',
    ]);
  });

  it('finds a rate that is too high in the long run', () => {
    const calls = calledAt(...every(90, 60));
    expect(findingsOf(ratesKept, [SETTINGS, ENDPOINT_RATE, ...calls])).toHaveLength(1);
  });

  it('finds an account whose calls exceed its rate', () => {
    const limits: HistoryEvent = {
      kind: 'account-limits',
      accountId: 'account',
      inFlight: 100,
      endpointInFlight: 100,
      rate: RATE,
    };
    expect(findingsOf(ratesKept, [SETTINGS, limits, ...calledAt(...every(0, 6))])).toEqual([
      'account account: calls up to 1000 exceed 10/s with a burst of 5',
    ]);
  });

  it('allows a new owner one extra burst', () => {
    const history = [SETTINGS, ENDPOINT_RATE, ...TWO_DISPATCHERS, ...TAKEN_OVER];
    const calls = calledAt(...every(0, 5, 15_990), ...every(0, 5, 16_010));
    expect(findingsOf(ratesKept, [...history, ...calls])).toEqual([]);
    expect(findingsOf(ratesKept, [SETTINGS, ENDPOINT_RATE, ...calls])).toHaveLength(1);
  });

  it('does not allow another extra burst long after the hand-over', () => {
    const history = [SETTINGS, ENDPOINT_RATE, ...TWO_DISPATCHERS, ...TAKEN_OVER];
    const calls = calledAt(16_010, ...every(0, 6, 20_000));
    expect(findingsOf(ratesKept, [...history, ...calls])).toHaveLength(1);
  });
});
