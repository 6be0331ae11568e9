import { describe, expect, it } from '@jest/globals';
import type { CommittedEvent, Placed } from '../history-event.ts';
import { goodHistory } from '../testing/hand-made.ts';
import { findingsOf, lineOf, without } from '../testing/findings.ts';
import { commitsHonest } from './commits-honest.ts';

const good = goodHistory();

/** A commit that covers a record, seen at a time. */
function past({ topic, partition, offset }: Placed, at: number): CommittedEvent {
  const group = topic === 'webhook.requested' || topic === 'webhook.due' ? 'dispatcher' : 'retry-scheduler';
  return { kind: 'committed', group, topic, partition, offset: offset + 1, at };
}

const request = lineOf(good, 'requested', { executionId: 'plain' });
const outcome = lineOf(good, 'completed', { executionId: 'plain' });
const due = lineOf(good, 'due', { executionId: 'retried', attempt: 2 });
const thirdWait = lineOf(good, 'delayed', { executionId: 'retried', attempt: 3 });
const lane = lineOf(good, 'lane', { executionId: 'retried', attempt: 2 });

describe('commits honest', () => {
  it('lets commits pass that come after the verdicts', () => {
    const honest = [past(request, outcome.at), past(due, thirdWait.at), past(lane, due.at)];
    expect(findingsOf(commitsHonest, [...good, ...honest])).toEqual([]);
  });

  it('finds a commit over a request without a verdict', () => {
    const undone = without(good, 'completed', { executionId: 'plain' });
    expect(findingsOf(commitsHonest, [...undone, past(request, 50_000)])).toEqual([
      `plain: dispatcher had committed webhook.requested/1 to ${request.offset + 1} at 50000; ` +
        `offset ${request.offset} was never done`,
    ]);
  });

  it('finds a commit that was there before the verdict', () => {
    expect(findingsOf(commitsHonest, [...good, past(request, outcome.at - 1)])).toEqual([
      `plain: dispatcher had committed webhook.requested/1 to ${request.offset + 1} at ${outcome.at - 1}; ` +
        `offset ${request.offset} was done at ${outcome.at} only`,
    ]);
  });

  it('finds an undone record anywhere below the commit', () => {
    const later = lineOf(good, 'requested', { executionId: 'failed' });
    const undone = without(good, 'completed', { executionId: 'plain' });
    expect(findingsOf(commitsHonest, [...undone, past(later, 50_000)])).toHaveLength(1);
  });

  it('finds a commit over a due record that its attempt does not follow', () => {
    expect(findingsOf(commitsHonest, [...good, past(due, thirdWait.at - 1)])).toHaveLength(1);
  });

  it('finds a commit over a lane record that went nowhere', () => {
    const stuck = without(good, 'due', { executionId: 'retried', attempt: 2 });
    expect(findingsOf(commitsHonest, [...stuck, past(lane, 50_000)])).toHaveLength(1);
  });

  it('takes a dead letter for a verdict', () => {
    const undone = without(good, 'completed', { executionId: 'plain' });
    const { topic, partition, offset } = request;
    const letter = { kind: 'dead-letter', topic, partition, offset, at: 1_050, error: 'unreadable' } as const;
    expect(findingsOf(commitsHonest, [...undone, letter, past(request, 1_060)])).toEqual([]);
  });

  it('lets a commit pass that ends before the record that is not done', () => {
    const undone = without(good, 'completed', { executionId: 'plain' });
    const before = { ...past(request, 50_000), offset: request.offset };
    expect(findingsOf(commitsHonest, [...undone, before])).toEqual([]);
  });

  it('does not take a record for its own next hop, but the same lane once more', () => {
    const stuck = without(good, 'due', { executionId: 'retried', attempt: 2 });
    const again = { ...lane, offset: lane.offset + 9_000, at: lane.at + 5 };
    expect(findingsOf(commitsHonest, [...stuck, past(lane, 50_000)])).toHaveLength(1);
    expect(findingsOf(commitsHonest, [...stuck, again, past(lane, again.at)])).toEqual([]);
  });
});
