const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Ranges of the overview, each with the length of time that one bar covers. */
const RANGES = {
  '1h': { spanMs: HOUR_MS, interval: 'minute', stepMs: MINUTE_MS },
  '24h': { spanMs: DAY_MS, interval: 'hour', stepMs: HOUR_MS },
  '7d': { spanMs: 7 * DAY_MS, interval: 'hour', stepMs: HOUR_MS },
  '30d': { spanMs: 30 * DAY_MS, interval: 'day', stepMs: DAY_MS },
} as const;

export type RangeName = keyof typeof RANGES;
export const RANGE_NAMES = Object.keys(RANGES) as RangeName[];

/** State of the overview, as query parameters of its address. */
interface OverviewSearch {
  range?: RangeName;
}

/** Reads the query of an address; an unknown range is dropped. */
export function readOverviewSearch(raw: Record<string, unknown>): OverviewSearch {
  const range = RANGE_NAMES.find((name) => name === raw['range']);
  return range ? { range } : {};
}

interface TimeRange {
  /** ISO 8601. */
  from: string;
  to: string;
  interval: 'minute' | 'hour' | 'day';
}

/**
 * Returns the period that a range covers. It consists of whole bars, the last of which is still growing.
 * @param now epoch ms
 */
export function timeRange(name: RangeName, now: number): TimeRange {
  const { spanMs, interval, stepMs } = RANGES[name];
  const to = (Math.floor(now / stepMs) + 1) * stepMs;
  return { from: new Date(to - spanMs).toISOString(), to: new Date(to).toISOString(), interval };
}
