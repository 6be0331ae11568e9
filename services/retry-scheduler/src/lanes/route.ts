import { delayLanes, type Lane } from '@hookline/shared/contracts/topics';

/** The delay lanes and the small times that decide between them. */
export interface Ladder {
  /** Shortest first; never empty. */
  lanes: readonly [Lane, ...Lane[]];
  /** A lane is still taken when it waits this much longer than remains, so that a default wait is one hop. */
  toleranceMs: number;
  /** A record goes to `webhook.due` when less than this remains; the dispatcher holds it to its time. */
  earlyMs: number;
  /** A hold ends this long before `dueAt`, for a wake takes up to twice that: so a release is about as often early as late. */
  leadMs: number;
}

/** The ladder of a base wait (ms): at 5 s, tolerance 100 ms, early release 500 ms, lead 250 ms. */
export function createLadder(baseWaitMs: number): Ladder {
  const [shortest, ...longer] = delayLanes(baseWaitMs);
  if (!shortest) throw new Error('the topic catalogue has no delay lane');
  return {
    lanes: [shortest, ...longer],
    toleranceMs: baseWaitMs / 50,
    earlyMs: baseWaitMs / 10,
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

export type Route = { kind: 'hold'; until: number } | { kind: 'hop'; lane: Lane } | { kind: 'release' };

/**
 * Where a record goes next (DESIGN.md, delay lanes). It leaves `webhook.delayed` at once and a lane after the lane's
 * wait, for `webhook.due` if less than `earlyMs` remains, else for the longest lane that fits: one longer than the
 * longest lane goes round in it, one shorter than the shortest takes that.
 *
 * - Never released earlier than `dueAt - earlyMs`.
 * - Held no longer than the wait of its lane, so whatever stands behind it is not held up past its own wait; and no
 *   longer than to `leadMs` before `dueAt`, so a lane that is a little too long makes nothing late.
 * - What remains counts from when the record should have left, for a wake that is a little late must not cost the
 *   fitting lane and so several hops; but from now once that is further back than `earlyMs`, as after a standstill.
 *
 * `appendedAt` is the broker's clock, `now` ours and `dueAt` a dispatcher's. A broker's clock that differs changes
 * only the number of hops: release and the end of a hold compare `dueAt` with `now`.
 */
export function route({ dueAt, appendedAt, lane }: WaitingRecord, now: number, ladder: Ladder): Route {
  const leavesAt = appendedAt + (lane?.waitMs ?? 0);
  const until = Math.min(leavesAt, dueAt - ladder.leadMs);
  if (lane && now < until) return { kind: 'hold', until };
  if (dueAt - now < ladder.earlyMs) return { kind: 'release' };
  const from = now - leavesAt > ladder.earlyMs ? now : leavesAt;
  const fits = ({ waitMs }: Lane): boolean => waitMs <= dueAt - from + ladder.toleranceMs;
  return { kind: 'hop', lane: ladder.lanes.findLast(fits) ?? ladder.lanes[0] };
}
