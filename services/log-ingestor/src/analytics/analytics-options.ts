/** Bounds and times of ADR 40 that nobody needs to set. */
export const ANALYTICS_OPTIONS = {
  maxKeys: 300,
  maxExecutionsPerMinute: 300_000,
  pollMs: 2_000,
  turnMs: 500,
  restFactor: 4,
  errorRestMs: 60_000,
} as const;

/** Hours are recomputed from their minutes less often, and days from their hours. */
export function turnTimes(minuteMs: number): { minute: number; hour: number; day: number } {
  return { minute: minuteMs, hour: 3 * minuteMs, day: 6 * minuteMs };
}
