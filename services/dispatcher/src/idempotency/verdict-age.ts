/**
 * Determines which records may have a verdict that is older than the idempotency window and therefore forgotten (ADR
 * 11). Pure.
 */

/** The times of a record of `webhook.requested` or `webhook.due`; epoch ms. */
export type RecordTimes =
  | {
      isNewRequest: true;
      /** Append time by the broker's clock. */
      appendedAt: number;
      /** Time by the engine's clock; an old time indicates that the request may be a copy of an earlier request. */
      requestedAt: number;
    }
  | { isNewRequest: false; dueAt: number };

/**
 * Maximum age of a usable `requestedAt`; an older time is assumed to come from an engine that does not set the time or
 * has a wrong clock.
 */
const MAX_REQUESTED_AGO_MS = 86_400_000;

/**
 * Returns the time from which verdicts on the record must be looked up in Kafka, or null if the window contains them.
 *
 * A verdict may be older than the record itself by up to a window, because a copy that arrives that much later is still
 * recognised; the same margin covers clocks that differ by less than a window.
 */
export function lookFrom(times: RecordTimes, now: number, windowMs: number): number | null {
  const since = times.isNewRequest ? oldestOf(times, now) : times.dueAt;
  return now - since > windowMs ? since - windowMs : null;
}

function oldestOf({ appendedAt, requestedAt }: RecordTimes & { isNewRequest: true }, now: number): number {
  const usable = requestedAt < appendedAt && now - requestedAt <= MAX_REQUESTED_AGO_MS;
  return usable ? requestedAt : appendedAt;
}
