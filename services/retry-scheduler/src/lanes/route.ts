import { delayLanes, earlyReleaseMs, type Lane } from '@hookline/shared/contracts/topics';

/** The delay lanes and the small times that decide between them. */
export interface Ladder {
  /** Shortest first; never empty. */
  lanes: readonly [Lane, ...Lane[]];
  /** A lane is still taken when it waits this much longer than remains; what stands behind may be late by as much. */
  toleranceMs: number;
  /** A wake, or a read of `webhook.delayed`, that is up to this much late costs a record no lane that fitted it in time. */
  graceMs: number;
  /** A record goes to `webhook.due` when less than this remains; the dispatcher holds it to its time. */
  earlyMs: number;
  /** A hold ends this long before `dueAt`, for a wake that must fetch takes up to twice that, so it is as often early as late. */
  leadMs: number;
}

/** The ladder of a base wait (ms): at 5 s, tolerance and early release 500 ms, grace 2.5 s, lead 250 ms. */
export function createLadder(baseWaitMs: number): Ladder {
  const [shortest, ...longer] = delayLanes(baseWaitMs);
  if (!shortest) throw new Error('the topic catalogue has no delay lane');
  return {
    lanes: [shortest, ...longer],
    toleranceMs: baseWaitMs / 10,
    graceMs: baseWaitMs / 2,
    earlyMs: earlyReleaseMs(baseWaitMs),
    leadMs: baseWaitMs / 20,
  };
}

/** A record at the head of its partition. All times are epoch ms. */
export interface WaitingRecord {
  dueAt: number;
  /** Append time in the topic where it is now, by the broker's clock. */
  appendedAt: number;
  /** The lane it is in; null in `webhook.delayed`. */
  lane: Lane | null;
}

type Route = { kind: 'hold'; until: number } | { kind: 'hop'; lane: Lane } | { kind: 'release' };

/**
 * Where a record goes next (ADR 4). It leaves `webhook.delayed` at once and a lane after the
 * lane's wait, for `webhook.due` if less than `earlyMs` remains, else for the longest lane that fits: one longer than the
 * longest lane goes round in it, one shorter than the shortest takes that.
 *
 * - Never released earlier than `dueAt - earlyMs`.
 * - Held no longer than the wait of its lane, so whatever stands behind it is not held up past its own wait; and no
 *   longer than to `leadMs` before `dueAt`, so a lane that is too long makes nothing late but what stands behind.
 * - What remains counts from when the record should have left, for a scheduler that is behind must not cost each record
 *   its fitting lane and so several hops, which would put it further behind; but from now once that is further back than
 *   `graceMs`, as after a standstill. What is late by then may stay so, behind what is not.
 * - With `earlyMs` and `toleranceMs` of half the shortest lane's wait, each sum of lanes serves the waits from half that
 *   wait below it to half that wait above, so none is left between two sums.
 *
 * `appendedAt` is the broker's clock, `now` ours and `dueAt` a dispatcher's. No difference makes a release early, for
 * that compares `dueAt` with `now`; a broker's clock that is ahead makes late, by as much, what stands behind.
 */
export function route({ dueAt, appendedAt, lane }: WaitingRecord, now: number, ladder: Ladder): Route {
  const leavesAt = appendedAt + (lane?.waitMs ?? 0);
  const until = Math.min(leavesAt, dueAt - ladder.leadMs);
  if (lane && now < until) return { kind: 'hold', until };
  if (dueAt - now < ladder.earlyMs) return { kind: 'release' };
  const from = now - leavesAt > ladder.graceMs ? now : leavesAt;
  const fits = ({ waitMs }: Lane): boolean => waitMs <= dueAt - from + ladder.toleranceMs;
  return { kind: 'hop', lane: ladder.lanes.findLast(fits) ?? ladder.lanes[0] };
}
