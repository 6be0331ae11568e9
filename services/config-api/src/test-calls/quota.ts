import { TEST_CALL_LIMITS } from '@hookline/shared/contracts/rest/test-calls';

/** A test call that an account started within the last minute. */
export interface RecentCall {
  /** Time since the start of the call. */
  ageMs: number;
  running: boolean;
}

/** Reason why another call must wait, which is shown to the caller, and the time to wait. */
export interface QuotaRefusal {
  reason: string;
  retryAfterSeconds: number;
}

export const QUOTA_WINDOW_MS = 60_000;
/** Short, because most calls end well before their timeout. */
const RETRY_IN_FLIGHT_SECONDS = 2;

/** Returns the reason why an account may not make another test call now (docs/design/config-api.md); null if it may. */
export function quotaRefusal(recent: readonly RecentCall[]): QuotaRefusal | null {
  const { callsPerMinute, inFlight } = TEST_CALL_LIMITS;
  const youngestFirst = recent.map(({ ageMs }) => ageMs).sort((a, b) => a - b);
  // Age of the call that must leave the window before another call is permitted.
  const blocking = youngestFirst[callsPerMinute - 1];
  if (blocking !== undefined && blocking < QUOTA_WINDOW_MS) {
    const retryAfterSeconds = Math.max(1, Math.ceil((QUOTA_WINDOW_MS - blocking) / 1_000));
    return { reason: `An account may make at most ${callsPerMinute} test calls a minute`, retryAfterSeconds };
  }
  if (recent.filter(({ running }) => running).length < inFlight) return null;
  return {
    reason: `An account may make at most ${inFlight} test calls at the same time`,
    retryAfterSeconds: RETRY_IN_FLIGHT_SECONDS,
  };
}
