/** Maximum time by which an endpoint can delay an execution with one response. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

const SECONDS = /^[0-9]+$/;
/** The three forms of an HTTP date (RFC 9110, section 5.6.7) begin with the day's name. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * Parses Retry-After (RFC 9110, section 10.2.3): seconds, or a date, relative to `now` (epoch milliseconds).
 * @returns milliseconds to wait, at most 24 h; null if it is absent, invalid or not in the future
 */
export function parseRetryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  const waitMs = SECONDS.test(text)
    ? Number(text) * 1_000
    : HTTP_DATE.test(text)
      ? dateMs(text) - now
      : Number.NaN;
  return waitMs > 0 ? Math.min(waitMs, MAX_RETRY_AFTER_MS) : null;
}

/** Parses an HTTP date. All three forms are in UTC, but the third, that of C's asctime, does not include the zone. */
function dateMs(text: string): number {
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
}
