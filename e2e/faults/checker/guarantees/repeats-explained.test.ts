import { describe, expect, it } from '@jest/globals';
import type { HistoryEvent } from '../history-event.ts';
import { during, executionStory, goodHistory, SETTINGS, TWO_DISPATCHERS } from '../testing/hand-made.ts';
import { findingsOf, lineOf, without } from '../testing/findings.ts';
import { repeatsExplained } from './repeats-explained.ts';

const good = goodHistory();
const call = lineOf(good, 'call', { executionId: 'plain' });

describe('repeats explained', () => {
  it('accepts a correct history', () => {
    expect(findingsOf(repeatsExplained, good)).toEqual([]);
  });

  it('finds a repeated call if there was no disturbance', () => {
    const again = { ...call, startedAt: call.startedAt + 5 };
    expect(findingsOf(repeatsExplained, [...good, again])).toEqual([
      `plain: the call of attempt 1 was repeated at ${again.startedAt} without a cause`,
      '2 duplicateCalls, but only 1 in flight',
    ]);
  });

  it('finds a repeat after a kill if the verdict preceded the kill', () => {
    const again = { ...call, startedAt: 16_050, endedAt: 16_060 };
    expect(findingsOf(repeatsExplained, [...good, again])).toContain(
      'plain: the call of attempt 1 was repeated at 16050 without a cause',
    );
  });

  it('finds a second attempt record and a second outcome', () => {
    const attempt = { ...lineOf(good, 'attempt', { executionId: 'plain' }), offset: 9_001, at: 1_100 };
    const outcome = { ...lineOf(good, 'completed', { executionId: 'plain' }), offset: 9_002, at: 1_101 };
    expect(findingsOf(repeatsExplained, [...good, attempt, outcome])).toEqual([
      'plain: the record of attempt 1 was repeated at 1100 without a cause',
      'plain: the outcome of attempt 1 was repeated at 1101 without a cause',
    ]);
  });

  it('does not excuse a repeat after a clean stop, because the dispatcher drains first', () => {
    const inOrder = good.map((event) =>
      event.kind === 'killed' ? { ...event, kind: 'stopped' as const } : event,
    );
    expect(findingsOf(repeatsExplained, inOrder)).toContain(
      'repeated: the call of attempt 1 was repeated at 16090 without a cause',
    );
  });

  it('finds a repeat on a partition that the kill did not touch', () => {
    const elsewhere = lineOf(good, 'call', { executionId: 'elsewhere' });
    const again = { ...elsewhere, startedAt: 16_050, endedAt: 16_060 };
    expect(findingsOf(repeatsExplained, [...good, again])).toContain(
      'elsewhere: the call of attempt 1 was repeated at 16050 without a cause',
    );
  });

  it('allows repeats of calls in flight when a running dispatcher hands over a partition', () => {
    const story = executionStory({ executionId: 'moved', at: 20_000 });
    const again = lineOf(story, 'call');
    const history: HistoryEvent[] = [
      SETTINGS,
      ...TWO_DISPATCHERS,
      during('started', 'dispatcher-3', 20_015),
      { kind: 'gained', process: 'dispatcher-3', partitions: [1], at: 20_300 },
      ...story,
      { ...again, startedAt: 20_310, endedAt: 20_320 },
    ];
    expect(findingsOf(repeatsExplained, history)).toEqual([]);
    expect(findingsOf(repeatsExplained, without(history, 'gained'))).not.toEqual([]);
  });

  it('allows repeated records of the last flush before Kafka died', () => {
    const story = executionStory({ executionId: 'flushed', at: 30_000 });
    const outcome = lineOf(story, 'completed');
    const history: HistoryEvent[] = [
      SETTINGS,
      ...story,
      { kind: 'broker-away', at: 30_060, until: 36_000 },
      { ...outcome, offset: 9_003, at: 36_100 },
    ];
    expect(findingsOf(repeatsExplained, history)).toEqual([]);
    expect(findingsOf(repeatsExplained, without(history, 'broker-away'))).not.toEqual([]);
  });

  it('counts surplus outcomes even if others are lost', () => {
    const outcome = lineOf(good, 'completed', { executionId: 'plain' });
    const repeats = [9_004, 9_005, 9_006].map((offset) => ({ ...outcome, offset, at: 1_101 }));
    const history = without([...good, ...repeats], 'completed', { executionId: 'retried' });
    // The lost execution counts as in progress at the kill.
    expect(findingsOf(repeatsExplained, history)).toContain('3 duplicateCompleted, but only 2 in flight');
  });
});
