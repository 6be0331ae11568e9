import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createLadder, route, type Ladder, type WaitingRecord } from './route.ts';

const ladder = createLadder(5_000);
const lane = (seconds: number, of: Ladder = ladder) => {
  const found = of.lanes.find(({ topic }) => topic.name === `webhook.delay.${seconds}s`);
  if (!found) throw new Error(`no lane of ${seconds} s`);
  return found;
};

const APPENDED_AT = Date.UTC(2026, 0, 1);

/**
 * Routes a record. Times are relative to its append; `in` is the wait of its lane in seconds, or 0 for
 * webhook.delayed.
 */
function nextOf({ dueAt, in: seconds, now }: { dueAt: number; in: number; now: number }): string {
  const record = {
    dueAt: APPENDED_AT + dueAt,
    appendedAt: APPENDED_AT,
    lane: seconds ? lane(seconds) : null,
  };
  const next = route(record, APPENDED_AT + now, ladder);
  if (next.kind === 'hold') return `hold until ${next.until - APPENDED_AT}`;
  return next.kind === 'hop' ? next.lane.topic.name.replace('webhook.delay.', 'hop to ') : 'release';
}

describe('route out of webhook.delayed', () => {
  it.each([
    { title: 'a due time long past', dueAt: -60_000, now: 3, next: 'release' },
    { title: 'less than half a second left', dueAt: 502, now: 3, next: 'release' },
    { title: 'exactly half a second left', dueAt: 503, now: 3, next: 'hop to 1s' },
    { title: 'less than the shortest lane left', dueAt: 700, now: 3, next: 'hop to 1s' },
    { title: 'a default wait that lost 8 ms on its way', dueAt: 4_992, now: 3, next: 'hop to 5s' },
    { title: 'the last wait within tolerance', dueAt: 4_500, now: 3, next: 'hop to 5s' },
    { title: 'the first wait outside tolerance', dueAt: 4_499, now: 3, next: 'hop to 1s' },
    { title: 'a default wait with all its jitter', dueAt: 5_500, now: 3, next: 'hop to 5s' },
    { title: 'a default wait read two and a half seconds late', dueAt: 5_000, now: 2_500, next: 'hop to 5s' },
    {
      title: 'a default wait read more than two and a half seconds late',
      dueAt: 5_000,
      now: 2_501,
      next: 'hop to 1s',
    },
    { title: 'a wait between lanes', dueAt: 100_000, now: 3, next: 'hop to 45s' },
    { title: 'a wait longer than the longest lane', dueAt: 7 * 86_400_000, now: 3, next: 'hop to 32805s' },
    { title: 'a standstill of 10 s', dueAt: 15_000, now: 10_000, next: 'hop to 5s' },
    { title: 'a standstill past the due time', dueAt: 15_000, now: 40_000, next: 'release' },
    { title: 'a broker whose clock is ahead', dueAt: 5_000, now: -2_000, next: 'hop to 5s' },
  ])('with $title: $next', ({ dueAt, now, next }) => {
    expect(nextOf({ dueAt, in: 0, now })).toBe(next);
  });
});

describe('route out of a lane', () => {
  it.each([
    { title: 'the wait of the lane has just begun', dueAt: 60_000, in: 45, now: 1, next: 'hold until 45000' },
    {
      title: 'a millisecond of the wait remains',
      dueAt: 60_000,
      in: 45,
      now: 44_999,
      next: 'hold until 45000',
    },
    { title: 'the due time ends the wait first', dueAt: 4_950, in: 5, now: 4_600, next: 'hold until 4700' },
    { title: 'the due time was past on arrival', dueAt: -5, in: 5, now: 2, next: 'release' },
    { title: 'the wait ended and nothing remains', dueAt: 5_300, in: 5, now: 5_135, next: 'release' },
    { title: 'a shorter lane fits what remains', dueAt: 60_000, in: 45, now: 45_100, next: 'hop to 15s' },
    { title: 'the same lane fits again', dueAt: 11_000, in: 5, now: 5_100, next: 'hop to 5s' },
    {
      title: 'the longest lane fits again',
      dueAt: 70_000_000,
      in: 32_805,
      now: 32_805_100,
      next: 'hop to 32805s',
    },
    { title: 'the scheduler stood still for 12 s', dueAt: 60_000, in: 45, now: 57_000, next: 'hop to 1s' },
    {
      title: 'the scheduler stood still for an hour',
      dueAt: 60_000,
      in: 45,
      now: 3_645_000,
      next: 'release',
    },
  ])('when $title: $next', ({ dueAt, in: seconds, now, next }) => {
    expect(nextOf({ dueAt, in: seconds, now })).toBe(next);
  });
});

const base = fc.integer({ min: 10, max: 20_000 });
/** Multiples of the base wait, in thousandths; arbitrary doubles would nearly always be tiny. */
const thousandths = (min: number, max: number) =>
  fc.integer({ min: min * 1_000, max: max * 1_000 }).map((thousand) => thousand / 1_000);
/** Waits that end from slightly in the past to seven days ahead, at the default base wait. */
const waits = fc.oneof(thousandths(-2, 12), thousandths(-2, 121_000));
/** A record in any lane or in none, at a time during the wait of the lane, around its end or long after. */
const anyRecord = fc
  .record({
    base,
    laneIndex: fc.integer({ min: -1, max: 9 }),
    moment: fc.oneof(
      thousandths(0, 1).map((waited) => ({ waited, lag: 0 })),
      thousandths(-1, 1).map((lag) => ({ waited: 1, lag })),
      thousandths(1, 50).map((lag) => ({ waited: 1, lag })),
    ),
    dueIn: waits,
  })
  .map(({ base, laneIndex, moment, dueIn }) => {
    const ladder = createLadder(base);
    const lane = ladder.lanes[laneIndex] ?? null;
    const now = Math.round((lane?.waitMs ?? 0) * moment.waited + moment.lag * base);
    const record: WaitingRecord = { dueAt: Math.round(now + dueIn * base), appendedAt: 0, lane };
    return { ladder, record, now };
  });

describe('route, for any record', () => {
  it('never releases earlier than dueAt minus a tenth of the base wait', () => {
    fc.assert(
      fc.property(anyRecord, ({ ladder, record, now }) => {
        fc.pre(route(record, now, ladder).kind === 'release');
        expect(record.dueAt - now).toBeLessThan(ladder.earlyMs);
      }),
    );
  });

  it('holds a record only in a lane, no longer than the wait of the lane, and ends the hold before dueAt', () => {
    fc.assert(
      fc.property(anyRecord, ({ ladder, record, now }) => {
        const next = route(record, now, ladder);
        fc.pre(next.kind === 'hold');
        expect(record.lane).not.toBeNull();
        expect(next.until).toBeGreaterThan(now);
        // So no record behind this one is held beyond its own wait, because it was appended later.
        expect(next.until).toBeLessThanOrEqual(record.appendedAt + (record.lane?.waitMs ?? 0));
        expect(next.until).toBeLessThanOrEqual(record.dueAt - ladder.leadMs);
      }),
    );
  });

  it('chooses the longest lane that fits, or else the shortest', () => {
    fc.assert(
      fc.property(anyRecord, ({ ladder, record, now }) => {
        const next = route(record, now, ladder);
        fc.pre(next.kind === 'hop');
        const { lanes, toleranceMs } = ladder;
        const leavesAt = record.appendedAt + (record.lane?.waitMs ?? 0);
        const maxMs = Math.max(lanes[0].waitMs, record.dueAt - leavesAt + toleranceMs);
        const minMs = record.dueAt - Math.max(now, leavesAt) + toleranceMs;
        expect(next.lane.waitMs).toBeLessThanOrEqual(maxMs);
        expect(lanes[lanes.indexOf(next.lane) + 1]?.waitMs ?? Infinity).toBeGreaterThan(minMs);
      }),
    );
  });
});

/** A wait that enters the simulated partition; times are in ms. */
interface Waiting {
  enteredAt: number;
  dueAt: number;
}

interface Delays {
  /** Time from the decision to the append in the next topic. */
  publishMs: () => number;
  /** Time from the end of a hold to the next decision. */
  wakeMs: () => number;
}

/** Result of a wait: when it was released, and after how many hops. */
interface Released extends Waiting {
  releasedAt: number;
  hops: number;
}

/** Simulates how the scheduler works through one partition of every topic, each first in, first out. */
function runLadder(ladder: Ladder, waits: readonly Waiting[], delays: Delays): Released[] {
  const released: Released[] = [];
  const entering = waits
    .toSorted((one, other) => one.enteredAt - other.enteredAt)
    .map((wait) => ({ wait, appendedAt: wait.enteredAt, hops: 0 }));
  const queues = [null, ...ladder.lanes].map((lane) => ({ lane, lookAt: 0, records: lane ? [] : entering }));
  const isBusy = ({ records }: (typeof queues)[number]): boolean => records.length > 0;
  const nextLook = ({ lookAt, records }: (typeof queues)[number]): number =>
    Math.max(lookAt, records[0]?.appendedAt ?? Infinity);
  while (queues.some(isBusy)) {
    const queue = queues.reduce((best, one) => (nextLook(one) < nextLook(best) ? one : best));
    const now = nextLook(queue);
    const [head] = queue.records;
    if (!head) throw new Error('an empty queue was chosen');
    const { wait, appendedAt, hops } = head;
    const next = route({ dueAt: wait.dueAt, appendedAt, lane: queue.lane }, now, ladder);
    queue.lookAt = next.kind === 'hold' ? next.until + delays.wakeMs() : now;
    if (next.kind === 'hold') continue;
    queue.records.shift();
    if (next.kind === 'release') released.push({ ...wait, releasedAt: now, hops });
    else {
      const into = queues.find(({ lane }) => lane === next.lane)?.records ?? [];
      const ackAt = Math.max(now + delays.publishMs(), into.at(-1)?.appendedAt ?? 0);
      into.push({ wait, appendedAt: ackAt, hops: hops + 1 });
    }
  }
  return released;
}

/** Random delays of up to the given numbers of base waits. */
function anyDelays(max: { publish: number; wake: number }) {
  return fc
    .record({
      publish: fc.infiniteStream(thousandths(0, max.publish)),
      wake: fc.infiniteStream(thousandths(0, max.wake)),
    })
    .map(({ publish, wake }) => (base: number): Delays => ({
      publishMs: () => base * (publish.next().value ?? 0),
      wakeMs: () => base * (wake.next().value ?? 0),
    }));
}

/** Tolerance for rounding times to whole ms and summing fractions. */
const ROUNDING_MS = 1;

describe('a ladder driven by route', () => {
  it('brings a single wait to webhook.due in time, in few hops, even if every wake is late', () => {
    fc.assert(
      fc.property(base, waits, anyDelays({ publish: 0.05, wake: 0.1 }), (base, dueIn, delays) => {
        const ladder = createLadder(base);
        const wait = { enteredAt: 0, dueAt: Math.round(dueIn * base) };
        const [end] = runLadder(ladder, [wait], delays(base));
        const { releasedAt = NaN, hops } = end ?? {};
        const longest = ladder.lanes.at(-1)?.waitMs ?? 0;
        expect(wait.dueAt - releasedAt).toBeLessThan(ladder.earlyMs);
        expect(releasedAt).toBeLessThanOrEqual(Math.max(wait.dueAt, 0) + 0.1 * base + ROUNDING_MS);
        // The wait of each lane is 3 times that of the next shorter lane (5 times for the second lane), so a record goes
        // through a shorter lane fewer than 3 (or 5) times.
        expect(hops).toBeLessThanOrEqual(
          Math.max(0, wait.dueAt) / longest + 2 * (ladder.lanes.length - 1) + 4,
        );
      }),
    );
  });

  it('delays each of many waits by no more than the tolerance plus the delays around one lane', () => {
    const max = { publish: 0.02, wake: 0.05 };
    const crowd = fc.array(fc.record({ entersIn: thousandths(0, 3), dueIn: thousandths(-1, 30) }), {
      minLength: 2,
      maxLength: 60,
    });
    fc.assert(
      fc.property(base, crowd, anyDelays(max), (base, crowd, delays) => {
        const ladder = createLadder(base);
        const waits = crowd.map(({ entersIn, dueIn }) => {
          const enteredAt = Math.round(entersIn * base);
          return { enteredAt, dueAt: enteredAt + Math.round(dueIn * base) };
        });
        const ends = runLadder(ladder, waits, delays(base));
        expect(ends).toHaveLength(waits.length);
        for (const { enteredAt, dueAt, releasedAt } of ends) {
          const lateMs = releasedAt - Math.max(dueAt, enteredAt);
          expect(dueAt - releasedAt).toBeLessThan(ladder.earlyMs);
          // A late wake is counted twice: before the last lane and after it.
          expect(lateMs).toBeLessThanOrEqual(
            ladder.toleranceMs + (max.publish + 2 * max.wake) * base + ROUNDING_MS,
          );
        }
      }),
    );
  });

  it('moves a wait that is the sum of two lanes in at most two hops, even if every wake is late', () => {
    const laneNumber = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(base, laneNumber, laneNumber, anyDelays({ publish: 0.01, wake: 0.04 }), (...given) => {
        const [base, one, other, delays] = given;
        const ladder = createLadder(base);
        const dueAt = (ladder.lanes[one]?.waitMs ?? 0) + (ladder.lanes[other]?.waitMs ?? 0);
        const [end] = runLadder(ladder, [{ enteredAt: 0, dueAt }], delays(base));
        expect(end?.hops).toBeLessThanOrEqual(2);
      }),
    );
  });

  it.each([5_000, 15_000, 45_000, 135_000, 405_000])('moves a default wait of %i ms in one hop', (waitMs) => {
    fc.assert(
      // The jitter stays below a tenth of the base wait, because exactly a tenth, read without delay, would need
      // another hop.
      fc.property(thousandths(0, 0.099), anyDelays({ publish: 0.05, wake: 0.05 }), (jitter, delays) => {
        const dueAt = waitMs + jitter * 5_000;
        const [end] = runLadder(ladder, [{ enteredAt: 0, dueAt }], delays(5_000));
        expect(end?.hops).toBe(1);
      }),
    );
  });
});
