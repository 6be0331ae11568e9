import { describe, expect, it } from '@jest/globals';
import type { CommittedEvent, AppendedRecord } from '../history-event.ts';
import { goodHistory } from '../testing/hand-made.ts';
import { findingsOf, lineOf, without } from '../testing/findings.ts';
import { commitsHonest } from './commits-honest.ts';

const good = goodHistory();

/** Creates a commit past a record, observed at `at`. */
function past({ topic, partition, offset }: AppendedRecord, at: number): CommittedEvent {
  const group = topic === 'webhook.requested' || topic === 'webhook.due' ? 'dispatcher' : 'retry-scheduler';
  return { kind: 'committed', group, topic, partition, offset: offset + 1, at };
}

const request = lineOf(good, 'requested', { executionId: 'plain' });
const outcome = lineOf(good, 'completed', { executionId: 'plain' });
const due = lineOf(good, 'due', { executionId: 'retried', attempt: 2 });
const thirdWait = lineOf(good, 'delayed', { executionId: 'retried', attempt: 3 });
const lane = lineOf(good, 'lane', { executionId: 'retried', attempt: 2 });

describe('commits honest', () => {
  it('accepts commits made after the verdicts', () => {
    const honest = [past(request, outcome.at), past(due, thirdWait.at), past(lane, due.at)];
    expect(findingsOf(commitsHonest, [...good, ...honest])).toEqual([]);
  });

  it('finds a commit past a request without a verdict', () => {
    const undone = without(good, 'completed', { executionId: 'plain' });
    expect(findingsOf(commitsHonest, [...undone, past(request, 50_000)])).toEqual([
      `plain: dispatcher had committed webhook.requested/1 to ${request.offset + 1} at 50000; ` +
        `offset ${request.offset} was never finished`,
    ]);
  });

  it('finds a commit made before the verdict', () => {
    expect(findingsOf(commitsHonest, [...good, past(request, outcome.at - 1)])).toEqual([
      `plain: dispatcher had committed webhook.requested/1 to ${request.offset + 1} at ${outcome.at - 1}; ` +
        `offset ${request.offset} was finished only at ${outcome.at}`,
    ]);
  });

  it('finds an unfinished record anywhere below the commit', () => {
    const later = lineOf(good, 'requested', { executionId: 'failed' });
    const undone = without(good, 'completed', { executionId: 'plain' });
    expect(findingsOf(commitsHonest, [...undone, past(later, 50_000)])).toHaveLength(1);
  });

  it('finds a commit past a due record whose attempt has no verdict yet', () => {
    expect(findingsOf(commitsHonest, [...good, past(due, thirdWait.at - 1)])).toHaveLength(1);
  });

  it('finds a commit past a lane record that was not moved on', () => {
    const stuck = without(good, 'due', { executionId: 'retried', attempt: 2 });
    expect(findingsOf(commitsHonest, [...stuck, past(lane, 50_000)])).toHaveLength(1);
  });

  it('treats a dead letter as a verdict', () => {
    const undone = without(good, 'completed', { executionId: 'plain' });
    const { topic, partition, offset } = request;
    const letter = { kind: 'dead-letter', topic, partition, offset, at: 1_050, error: 'unreadable' } as const;
    expect(findingsOf(commitsHonest, [...undone, letter, past(request, 1_060)])).toEqual([]);
  });

  it('accepts a commit that ends before the unfinished record', () => {
    const undone = without(good, 'completed', { executionId: 'plain' });
    const before = { ...past(request, 50_000), offset: request.offset };
    expect(findingsOf(commitsHonest, [...undone, before])).toEqual([]);
  });

  it('does not count a record as its own next hop, but counts its repeat in the same lane as one', () => {
    const stuck = without(good, 'due', { executionId: 'retried', attempt: 2 });
    const again = { ...lane, offset: lane.offset + 9_000, at: lane.at + 5 };
    expect(findingsOf(commitsHonest, [...stuck, past(lane, 50_000)])).toHaveLength(1);
    expect(findingsOf(commitsHonest, [...stuck, again, past(lane, again.at)])).toEqual([]);
  });
});
