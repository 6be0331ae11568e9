import type { CallRate } from './call-rate.ts';
import type { Rate } from './gcra.ts';

/** A limit that a call is under. */
interface Level {
  line: CallRate;
  rate: Rate;
}

/** The limits of a call; null where there is none. */
export interface Levels {
  account: Level | null;
  endpoint: Level | null;
}

/**
 * `postponed`: a slot is reserved for `until` (epoch ms, whole); the call asks again then, as one that has a reservation.
 * `waitInMemory`: it has been through a lane, and another one would make it late again.
 */
type RatedStart = { kind: 'go' } | { kind: 'postponed'; until: number; waitInMemory: boolean };

/**
 * A call with a reservation that cannot start now, but within this many ms, waits in memory; any other gets a new slot.
 * As long as records come late from the lanes, however short their waits are: a slot whose call is late goes to another
 * call that was late, and stays empty if none waits in memory.
 */
const PATIENCE_MS = 500;

/**
 * This much of its lateness is not counted against a call with a reservation (ADR 14): timers fire a millisecond or so late, and if
 * each start counted from then, a limit of 200/s would let 160/s through. In any window a limit is exceeded by no more
 * than it gives in that time.
 */
export const TIMER_MS = 10;

interface StartQuestion {
  now: number;
  /** It comes at, or after, the time that was reserved for it. */
  hasReservation: boolean;
}

/**
 * Whether a call may start now under both limits. It starts only when neither is exceeded and nobody else has a
 * claim to the slot. Pure but for the lines it moves.
 */
export function askToStart(levels: Levels, { now, hasReservation }: StartQuestion): RatedStart {
  const all = inUse(levels, now);
  const freeAt = Math.max(now, ...all.map(({ line, rate }) => line.starts.earliest(rate, now)));
  const inTurn = hasReservation || all.every(({ line, rate }) => line.reserved.earliest(rate, now) <= now);
  if (freeAt <= now && inTurn) {
    for (const { line, rate } of all) {
      line.starts.take(rate, hasReservation ? now - TIMER_MS : now);
      if (!hasReservation) line.reserved.take(rate, now);
    }
    return { kind: 'go' };
  }
  if (hasReservation) {
    const at = Math.max(...all.map(({ line, rate }) => line.returns.earliest(rate, freeAt)));
    if (at - now <= PATIENCE_MS) {
      for (const { line, rate } of all) line.returns.take(rate, at);
      return { kind: 'postponed', until: Math.ceil(at), waitInMemory: true };
    }
  }
  return { kind: 'postponed', until: reserveSlot(levels, now, freeAt), waitInMemory: false };
}

/**
 * Promises the endpoint's next slot from `from` on. The account's line is moved by one call, however far ahead the slot
 * is: an endpoint with a long line must not send the account's other endpoints behind its end.
 * @returns its time, epoch ms, whole
 */
export function reserveSlot(levels: Levels, now: number, from: number): number {
  inUse(levels, now);
  const { account, endpoint } = levels;
  const accountAt = account ? account.line.reserved.reserve(account.rate, now) : now;
  const at = Math.max(from, accountAt);
  return Math.ceil(endpoint ? endpoint.line.reserved.reserve(endpoint.rate, at) : at);
}

function inUse({ account, endpoint }: Levels, now: number): Level[] {
  const levels = [account, endpoint].filter((level) => level !== null);
  for (const { line, rate } of levels) line.use(rate, now);
  return levels;
}
