import type { Rate } from '@hookline/shared/runtime/gcra';
import type { CallRate } from './call-rate.ts';

/** A limit that applies to a call. */
interface LimitLevel {
  state: CallRate;
  rate: Rate;
}

/** The limits of a call; null if there is none. */
export interface LimitLevels {
  account: LimitLevel | null;
  endpoint: LimitLevel | null;
}

/**
 * `postponed`: the start time `until` is reserved (a whole number of epoch ms); the call then requests admission again,
 * with a reservation. `waitInMemory`: the call had a reservation, but its start time was taken; it waits in memory for
 * a turn at `until`, because a lane would make it late again.
 */
type RatedStart = { kind: 'go' } | { kind: 'postponed'; until: number; waitInMemory: boolean };

/**
 * A call with a reservation that cannot start now, but can start within this many ms, waits in memory; any other call
 * gets a new start time. Records may arrive from the lanes late by up to this time, however short their waits. A start
 * time whose call is late goes to another late call that waits in memory; if there is none, it stays unused.
 */
const PATIENCE_MS = 500;

/**
 * Time by which a call with a reservation may be late and still count as punctual (ADR 14), in ms. Timers fire a
 * millisecond or so late; if each start counted at its actual time, a limit of 200/s would let only 160/s through. In
 * any window, a limit is exceeded by no more calls than it allows in `TIMER_MS`.
 */
export const TIMER_MS = 10;

interface StartRequest {
  now: number;
  /** Whether the call has reached the time reserved for it. */
  hasReservation: boolean;
}

/**
 * Decides whether a call may start now under both limits. The call starts only if neither limit is
 * exceeded and no other call has reserved this time. Pure except for the states that it advances.
 */
export function requestStart(levels: LimitLevels, { now, hasReservation }: StartRequest): RatedStart {
  const all = inUse(levels, now);
  const freeAt = Math.max(now, ...all.map(({ state, rate }) => state.starts.earliest(rate, now)));
  const inTurn = hasReservation || all.every(({ state, rate }) => state.reserved.earliest(rate, now) <= now);
  if (freeAt <= now && inTurn) {
    for (const { state, rate } of all) {
      state.starts.take(rate, hasReservation ? now - TIMER_MS : now);
      if (!hasReservation) state.reserved.take(rate, now);
    }
    return { kind: 'go' };
  }
  if (hasReservation) {
    const at = Math.max(...all.map(({ state, rate }) => state.returns.earliest(rate, freeAt)));
    if (at - now <= PATIENCE_MS) {
      for (const { state, rate } of all) state.returns.take(rate, at);
      return { kind: 'postponed', until: Math.ceil(at), waitInMemory: true };
    }
  }
  return { kind: 'postponed', until: reserveStart(levels, now, freeAt), waitInMemory: false };
}

/**
 * Reserves the endpoint's next start time at or after `from`. The account's state advances by one call, however far
 * ahead that time is: a long queue at one endpoint must not delay the account's other endpoints.
 * @returns the start time, a whole number of epoch ms
 */
export function reserveStart(levels: LimitLevels, now: number, from: number): number {
  inUse(levels, now);
  const { account, endpoint } = levels;
  const accountAt = account ? account.state.reserved.reserve(account.rate, now) : now;
  const at = Math.max(from, accountAt);
  return Math.ceil(endpoint ? endpoint.state.reserved.reserve(endpoint.rate, at) : at);
}

function inUse({ account, endpoint }: LimitLevels, now: number): LimitLevel[] {
  const levels = [account, endpoint].filter((level) => level !== null);
  for (const { state, rate } of levels) state.use(rate, now);
  return levels;
}
