/**
 * Which records may have a verdict that is older than the idempotency window, and so forgotten (ADR 11). Pure.
 */

/** The times of a record of `webhook.requested` or `webhook.due`; epoch ms. */
export type RecordTimes =
  | {
      isNewRequest: true;
      /** Append time by the broker's clock. */
      appendedAt: number;
      /** The engine's own time; says that a request may be a copy of an older one. */
      requestedAt: number;
    }
  | { isNewRequest: false; dueAt: number };

/** A `requestedAt` further back than this says nothing: an engine without a clock, or one that sets none. */
const OLDEST_REQUESTED_AT_MS = 86_400_000;

/**
 * From when on verdicts about the record have to be looked for in Kafka; null where the window holds them.
 *
 * A verdict may be older than the record itself by up to a window, for a copy that comes that much later is still
 * recognised; clocks that differ by less than a window are covered by the same margin.
 */
export function lookFrom(times: RecordTimes, now: number, windowMs: number): number | null {
  const since = times.isNewRequest ? oldestOf(times, now) : times.dueAt;
  return now - since > windowMs ? since - windowMs : null;
}

function oldestOf({ appendedAt, requestedAt }: RecordTimes & { isNewRequest: true }, now: number): number {
  const usable = requestedAt < appendedAt && now - requestedAt <= OLDEST_REQUESTED_AT_MS;
  return usable ? requestedAt : appendedAt;
}
