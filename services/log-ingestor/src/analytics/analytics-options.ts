/** Bounds and times of ADR 40 that are not settings. */
export const ANALYTICS_OPTIONS = {
  maxKeys: 300,
  maxExecutionsPerMinute: 300_000,
  pollMs: 2_000,
  turnMs: 500,
  restFactor: 4,
  pauseFactor: 15,
  errorRestMs: 60_000,
} as const;

/**
 * Returns the minimum time between two turns at each level: hours are recomputed less often than minutes, and days less
 * often than hours.
 */
export function turnTimes(minuteMs: number): { minute: number; hour: number; day: number } {
  return { minute: minuteMs, hour: 3 * minuteMs, day: 6 * minuteMs };
}
