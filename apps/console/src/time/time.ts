import { texts } from '../texts.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Units of relative times: the span in ms below which a unit is used, the unit, and its length in ms. */
const STEPS: readonly [number, Intl.RelativeTimeFormatUnit, number][] = [
  [MINUTE_MS, 'second', 1_000],
  [HOUR_MS, 'minute', MINUTE_MS],
  [DAY_MS, 'hour', HOUR_MS],
  [Infinity, 'day', DAY_MS],
];

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'always', style: 'narrow' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** Formats a time relative to now, such as `5m ago`. */
export function relativeTime(at: number, now: number): string {
  const distance = at - now;
  if (Math.abs(distance) < 1_000) return texts.time.now;
  const [, unit, size] = STEPS.find(([below]) => Math.abs(distance) < below) ?? STEPS[3]!;
  // `-0` gives `0s ago` instead of `in 0s`.
  return relative.format(Math.trunc(distance / size) || -0, unit);
}

/** Formats a time both in the reader's time zone and in UTC. */
export function exactTime(iso: string): string {
  return `${zonedTime(iso)} (${utcTime(iso)})`;
}

/** Formats a time in the reader's time zone. */
export function zonedTime(iso: string): string {
  return exact.format(new Date(iso));
}

/** Formats a time in UTC, with milliseconds. */
export function utcTime(iso: string): string {
  return iso.replace('T', ' ').replace('Z', ' UTC');
}

/** Keeps a number and its unit on one line. */
const NO_BREAK = '\u00a0';

/** Formats a duration in its one or two largest units: `850 ms`, `4.2 s`, `11 min 3 s`, `2 h 5 min`. */
export function span(ms: number): string {
  if (ms < 1_000) return part(Math.round(ms), 'ms');
  if (ms < MINUTE_MS) return part((ms / 1_000).toFixed(1), 's');
  if (ms < HOUR_MS) return `${whole(ms, MINUTE_MS, 'min')} ${whole(ms % MINUTE_MS, 1_000, 's')}`;
  if (ms < DAY_MS) return `${whole(ms, HOUR_MS, 'h')} ${whole(ms % HOUR_MS, MINUTE_MS, 'min')}`;
  return `${whole(ms, DAY_MS, 'd')} ${whole(ms % DAY_MS, HOUR_MS, 'h')}`;
}

const part = (number: number | string, unit: string): string => `${number}${NO_BREAK}${unit}`;
const whole = (ms: number, size: number, unit: string): string => part(Math.floor(ms / size), unit);
