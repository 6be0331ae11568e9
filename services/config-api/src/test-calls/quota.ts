import { TEST_CALL_LIMITS } from '@hookline/shared/contracts/rest/test-calls';

/** A test call of an account that started within the last minute. */
export interface RecentCall {
  /** Since its start. */
  ageMs: number;
  running: boolean;
}

/** Why and how long another call must wait; shown to the caller. */
export interface QuotaRefusal {
  reason: string;
  retryAfterSeconds: number;
}

export const QUOTA_WINDOW_MS = 60_000;
/** Most calls end well before their timeout, so it is worth asking again soon. */
const RETRY_IN_FLIGHT_SECONDS = 2;

/** Why an account may not make another test call now (docs/design/config-api.md); null if it may. */
export function quotaRefusal(recent: readonly RecentCall[]): QuotaRefusal | null {
  const { callsPerMinute, inFlight } = TEST_CALL_LIMITS;
  const youngestFirst = recent.map(({ ageMs }) => ageMs).sort((a, b) => a - b);
  // The call that must leave the window before another one fits in.
  const blocking = youngestFirst[callsPerMinute - 1];
  if (blocking !== undefined && blocking < QUOTA_WINDOW_MS) {
    const retryAfterSeconds = Math.max(1, Math.ceil((QUOTA_WINDOW_MS - blocking) / 1_000));
    return { reason: `At most ${callsPerMinute} test calls a minute for an account`, retryAfterSeconds };
  }
  if (recent.filter(({ running }) => running).length < inFlight) return null;
  return {
    reason: `At most ${inFlight} test calls of an account at the same time`,
    retryAfterSeconds: RETRY_IN_FLIGHT_SECONDS,
  };
}
