import { describe, expect, it } from '@jest/globals';
import { createInHand, type InHand } from './in-hand.ts';
import { LedgerKeeper } from './ledger.ts';
import { executionStory, SETTINGS } from './testing/hand-made.ts';
import { changed, lineOf } from './testing/findings.ts';
import type { HistoryEvent } from './history-event.ts';

function inHandOf(events: readonly HistoryEvent[]): InHand {
  const keeper = new LedgerKeeper();
  for (const event of [SETTINGS, ...events]) keeper.add(event);
  return createInHand(keeper.ledger());
}

describe('in hand', () => {
  it('counts a request from its append until its outcome', () => {
    const inHand = inHandOf(executionStory({ executionId: 'one', at: 1_000 }));
    expect([999, 1_000, 1_040, 1_041].map((at) => inHand.peak(1, at, at))).toEqual([0, 1, 1, 0]);
    expect(inHand.peak(0, 1_000, 1_000)).toBe(0);
    expect(inHand.partitions).toEqual([1]);
  });

  it('does not count a record waiting in a lane, but counts the due record until its verdict', () => {
    const story = executionStory({ executionId: 'one', at: 1_000, answers: [500, 200] });
    const inHand = inHandOf(story);
    const waited = lineOf(story, 'delayed').at;
    const due = lineOf(story, 'due').at;
    const ended = lineOf(story, 'completed').at;
    const times = [waited, waited + 1, due - 1, due, ended, ended + 1];
    expect(times.map((at) => inHand.peak(1, at, at))).toEqual([1, 0, 0, 1, 1, 0]);
  });

  it('returns the peak within a period, at whatever time it occurred', () => {
    const stories = [0, 10, 20, 100].flatMap((at) => executionStory({ executionId: `at ${at}`, at }));
    const inHand = inHandOf(stories);
    expect(inHand.peak(1, -50, 500)).toBe(3);
    expect(inHand.peak(1, 25, 500)).toBe(3);
    expect(inHand.peak(1, 45, 500)).toBe(2);
    expect(inHand.peak(1, -50, 15)).toBe(2);
  });

  it('does not count a repeated request that already has its verdict', () => {
    const story = executionStory({ executionId: 'one', at: 1_000 });
    const repeat = { ...lineOf(story, 'requested'), offset: 9_001, at: 5_000 };
    expect(inHandOf([...story, repeat]).peak(1, 5_001, 6_000)).toBe(0);
  });

  it('treats a misrouted request as done once it has been passed on', () => {
    const story = executionStory({ executionId: 'one', at: 1_000 });
    const due = { ...lineOf(executionStory({ executionId: 'one', at: 0, answers: [500, 200] }), 'due') };
    const passedOn = { ...due, partition: 1, attempt: 1, at: 1_005 };
    const misrouted = changed(story, 'requested', {}, { partition: 0 });
    const inHand = inHandOf([...misrouted, passedOn]);
    expect([1_004, 1_006].map((at) => inHand.peak(0, at, at))).toEqual([1, 0]);
    expect(inHand.peak(1, 1_006, 1_006)).toBe(1);
  });
});
