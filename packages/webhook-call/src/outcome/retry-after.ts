/** Maximum time by which an endpoint can delay an execution with one response. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** A number of seconds, or a number followed by its unit: `120`, `292.05`, `600s`, `10 minutes`. */
const AMOUNT = /^([0-9]+(?:\.[0-9]*)?) ?([a-z]*)$/;
const UNITS: readonly (readonly [name: RegExp, ms: number])[] = [
  [/^(?:ms|millis|milliseconds?)$/, 1],
  [/^(?:|s|secs?|seconds?)$/, 1_000],
  [/^(?:m|mins?|minutes?)$/, 60_000],
  [/^(?:h|hrs?|hours?)$/, 3_600_000],
];
/** An ISO 8601 duration of hours, minutes and seconds: `PT10M`. */
const DURATION = /^pt(?=[0-9])(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9.]+)s)?$/;
const ISO_DATE =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[t ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?) ?(?:z|([+-][0-9]{2})(?::?([0-9]{2}))?)?)?$/;
/** The three forms of an HTTP date (RFC 9110, section 5.6.7) begin with the day's name. */
const HTTP_DATE = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /;
const ZONE = /(?:[a-z]|[+-][0-9]{2}:?[0-9]{2})$/;
/** A quoted value, alone or in a list. */
const QUOTED = /(^|,) *"([^"]*)" *(?=,|$)/g;
/** Numbers of at least this value are epoch times, because a wait of this many seconds would be over 31 years. */
const MIN_EPOCH_SECONDS = 1e9;
const MIN_EPOCH_MS = 1e12;

/**
 * Parses Retry-After relative to `now` (epoch milliseconds). Reads the forms of RFC 9110, section 10.2.3 (seconds, or a
 * date) and others that servers send: fractions, units, ISO 8601 dates and durations, dates in lower case or with an
 * offset, and epoch times.
 * @returns milliseconds to wait, at most 24 h; null if the value is absent, cannot be read or is not in the future
 */
export function parseRetryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  const text = value.replaceAll(QUOTED, '$1$2').trim().toLowerCase();
  const waitMs = dateWaitMs(text, now) ?? longestWaitMs(text, now);
  return waitMs > 0 ? Math.min(Math.ceil(waitMs), MAX_RETRY_AFTER_MS) : null;
}

/** Returns null if the text is not a date. */
function dateWaitMs(text: string, now: number): number | null {
  const iso = ISO_DATE.exec(text);
  if (iso) return isoDateMs(iso) - now;
  // All three forms are in UTC, but the third form (that of C's asctime) does not contain a zone.
  return HTTP_DATE.test(text) ? Date.parse(ZONE.test(text) ? text : `${text} gmt`) - now : null;
}

/** Parses an ISO 8601 date; a date without a zone is in UTC, like an HTTP date. */
function isoDateMs([, day, time = '00:00', hours = '+00', minutes = '00']: RegExpExecArray): number {
  return Date.parse(`${day}T${time}${hours}:${minutes}`);
}

/**
 * Returns the longest wait in a list: a header that was sent twice arrives as one value with a comma, and the longer
 * wait satisfies both.
 */
function longestWaitMs(text: string, now: number): number {
  return Math.max(...text.split(',').map((part) => amountMs(part.trim(), now)));
}

function amountMs(text: string, now: number): number {
  const duration = DURATION.exec(text);
  if (duration) {
    const [hours, minutes, seconds] = duration.slice(1).map((digits) => Number(digits ?? 0));
    return ((hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1_000;
  }
  const [, digits, unit = ''] = AMOUNT.exec(text) ?? [];
  const amount = Number(digits);
  if (unit === '' && amount >= MIN_EPOCH_MS) return amount - now;
  if (unit === '' && amount >= MIN_EPOCH_SECONDS) return amount * 1_000 - now;
  const unitMs = UNITS.find(([name]) => name.test(unit))?.[1] ?? Number.NaN;
  return amount * unitMs;
}
