import { describe, expect, it } from '@jest/globals';
import type { CallEvent, HistoryEvent } from '../history-event.ts';
import { executionStory, goodHistory, SETTINGS, TAKEN_OVER, TWO_DISPATCHERS } from '../testing/hand-made.ts';
import { findingsOf } from '../testing/findings.ts';
import { limitsKept } from './limits-kept.ts';

const LIMITS: HistoryEvent = {
  kind: 'account-limits',
  accountId: 'account',
  inFlight: 3,
  endpointInFlight: 2,
  rate: null,
};

/** An execution whose only call lasts from `startedAt` to `endedAt`. */
function called(endpoint: string, startedAt: number, endedAt: number): HistoryEvent[] {
  const story = executionStory({ executionId: `${endpoint} ${startedAt}`, at: startedAt - 10 });
  return story.map((event) => (event.kind === 'call' ? { ...event, endpoint, startedAt, endedAt } : event));
}

describe('limits kept', () => {
  it('accepts a correct history', () => {
    expect(findingsOf(limitsKept, goodHistory())).toEqual([]);
  });

  it('finds one call too many for an endpoint and for an account', () => {
    const calls = [called('/a', 1_000, 2_000), called('/a', 1_100, 2_000), called('/b', 1_200, 2_000)].flat();
    expect(findingsOf(limitsKept, [SETTINGS, LIMITS, ...calls])).toEqual([]);

    expect(findingsOf(limitsKept, [SETTINGS, LIMITS, ...calls, ...called('/a', 1_300, 1_400)])).toEqual([
      'account account: 4 calls in flight at 1300, limit 3',
      'endpoint /a of account: 3 calls in flight at 1300, limit 2',
    ]);
  });

  it('counts a slot as free at the end of a call', () => {
    const calls = [called('/a', 1_000, 2_000), called('/a', 1_100, 2_100), called('/a', 2_000, 2_200)];
    expect(findingsOf(limitsKept, [SETTINGS, LIMITS, ...calls.flat()])).toEqual([]);
  });

  it('applies the default limits to accounts that do not have their own limits', () => {
    const calls = Array.from({ length: 11 }, (_, i) => called('/a', 1_000 + i, 2_000));
    expect(findingsOf(limitsKept, [SETTINGS, ...calls.flat()])).toEqual([
      'endpoint /a of account: 11 calls in flight at 1010, limit 10',
    ]);
  });

  it('allows as many extra calls as an earlier owner has in flight, and no more', () => {
    const history = [SETTINGS, LIMITS, ...TWO_DISPATCHERS, ...TAKEN_OVER];
    const carried = [called('/a', 9_000, 17_000), called('/a', 9_100, 17_000)].flat();
    const own = [called('/a', 16_100, 16_500), called('/a', 16_200, 16_500)].flat();
    expect(findingsOf(limitsKept, [...history, ...carried, ...own])).toEqual([]);

    expect(findingsOf(limitsKept, [...history, ...carried, ...own, ...called('/a', 16_300, 16_500)])).toEqual(
      ['endpoint /a of account: 5 calls in flight at 16300, limit 2'],
    );
  });

  it('does not depend on the order in which the calls are listed', () => {
    const isCall = (event: HistoryEvent): event is CallEvent => event.kind === 'call';
    const calls = [called('/a', 1_000, 1_050), called('/a', 1_010, 1_100), called('/a', 1_060, 1_070)].flat();
    const shuffled = [...calls.filter((event) => !isCall(event)), ...calls.filter(isCall).toReversed()];
    expect(findingsOf(limitsKept, [SETTINGS, LIMITS, ...shuffled])).toEqual([]);
  });

  it('accepts a call that starts before another has ended, within the clock tolerance', () => {
    const calls = [called('/a', 1_000, 2_000), called('/a', 1_100, 2_100)].flat();
    expect(findingsOf(limitsKept, [SETTINGS, LIMITS, ...calls, ...called('/a', 1_998, 2_200)])).toEqual([]);
    expect(findingsOf(limitsKept, [SETTINGS, LIMITS, ...calls, ...called('/a', 1_997, 2_200)])).toHaveLength(
      1,
    );
  });
});
