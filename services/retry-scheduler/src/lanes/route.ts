import { delayLanes, earlyReleaseMs, type Lane } from '@hookline/shared/contracts/topics';

/** Delay lanes, and the tolerances with which `route` decides where a record goes and when. */
export interface Ladder {
  /** Shortest first; never empty. */
  lanes: readonly [Lane, ...Lane[]];
  /**
   * Time by which a lane may exceed the remaining wait of a record and still be used; the records behind that record
   * may be late by this time.
   */
  toleranceMs: number;
  /**
   * Maximum lateness of a wake, or of a read of `webhook.delayed`, with which a record still uses the lane that would
   * have fitted without the delay.
   */
  graceMs: number;
  /** A record goes to `webhook.due` if less than this remains; the dispatcher holds it until it is due. */
  earlyMs: number;
  /**
   * Time before `dueAt` at which a hold ends: half the maximum delay of a wake that must fetch (at base waits from
   * 250 ms to 5 s), so the wake is as often early as late.
   */
  leadMs: number;
}

/** Creates the ladder for a base wait (ms). At 5 s: tolerance and early release 500 ms, grace 2.5 s, lead 250 ms. */
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
  /** Append time in its current topic, by the broker's clock. */
  appendedAt: number;
  /** Current lane; null in `webhook.delayed`. */
  lane: Lane | null;
}

type Route = { kind: 'hold'; until: number } | { kind: 'hop'; lane: Lane } | { kind: 'release' };

/**
 * Decides where a record goes next (ADR 4). A record leaves `webhook.delayed` immediately, and a lane after the lane's
 * wait. It goes to `webhook.due` if less than `earlyMs` remains, otherwise to the longest lane that fits: a wait longer
 * than the longest lane repeats that lane, and a wait shorter than the shortest lane uses that lane.
 *
 * - A record is never released earlier than `dueAt - earlyMs`.
 * - A record is held no longer than the wait of its lane, so no record behind it is held beyond its own wait. The hold
 *   ends at the latest `leadMs` before `dueAt`, so a lane that is too long only delays the records behind it.
 * - The remaining time is counted from when the record should have left. Otherwise, if the scheduler is behind, each
 *   record would miss the lane that fits and need several hops, which would put the scheduler further behind. A late
 *   record may therefore stay late, behind records that are on time. If the record should have left more than `graceMs`
 *   ago, as after a standstill, the remaining time is counted from now.
 * - `earlyMs` and `toleranceMs` are half the wait of the shortest lane, and the wait of each lane is a multiple of the
 *   shortest. So for every wait there is a sequence of lanes whose total is at most this half away from it.
 *
 * `appendedAt` follows the broker's clock, `now` ours and `dueAt` a dispatcher's. A broker's clock never makes a
 * release early, because a release compares only `dueAt` with `now`; if the broker's clock is ahead, a hold may last
 * longer by the difference, which delays the records behind it.
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
