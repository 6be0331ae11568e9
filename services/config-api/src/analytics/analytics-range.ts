import { LEVEL_MS, type Level } from '@hookline/shared/analytics/rollup-key';
import type { AnalyticsQuery } from '@hookline/shared/contracts/rest/webhook-analytics';
import { ProblemError } from '../http/problem-error.ts';

/** Time range of a query in epoch ms, aligned to its interval. */
export interface AnalyticsRange {
  fromAt: number;
  /** Exclusive end of the range. */
  toAt: number;
  interval: Level;
}

/**
 * Maximum number of points by kind of query and interval. It is lowest for a grouped query, because the number of rows
 * that such a query reads grows with its groups and points.
 */
const MAX_POINTS = {
  plain: { minute: 360, hour: 744, day: 400 },
  // Apart from the total, minutes are stored only by the finest key, so a filtered query scans all of their rows.
  filtered: { minute: 60, hour: 744, day: 400 },
  grouped: { minute: 60, hour: 168, day: 92 },
} as const;
type Shape = keyof typeof MAX_POINTS;

const DEFAULT_RANGE_MS = 86_400_000;
const INTERVALS: readonly Level[] = ['minute', 'hour', 'day'];

/**
 * Reads the range of a query and chooses its interval.
 * @param now epoch ms
 * @throws ProblemError 400 if the range is empty or has too many points
 */
export function analyticsRange(query: AnalyticsQuery, now: number): AnalyticsRange {
  const to = query.to === undefined ? now : Date.parse(query.to);
  const from = query.from === undefined ? to - DEFAULT_RANGE_MS : Date.parse(query.from);
  if (!(from < to)) throw invalid('from', 'must be before to');
  const allowed = MAX_POINTS[shapeOf(query)];
  const fits = (interval: Level): boolean => points(aligned(from, to, interval)) <= allowed[interval];
  const interval = query.interval ?? INTERVALS.find(fits);
  if (interval === undefined) throw invalid('from', `must be at most ${allowed.day} days before to`);
  if (!fits(interval)) {
    throw invalid(
      'interval',
      `has more than ${allowed[interval]} points in this range; choose a longer interval`,
    );
  }
  return aligned(from, to, interval);
}

function shapeOf({ group_by, workflow_id, action_id, endpoint }: AnalyticsQuery): Shape {
  if (group_by !== undefined && group_by !== 'none') return 'grouped';
  return (workflow_id ?? action_id ?? endpoint) === undefined ? 'plain' : 'filtered';
}

function aligned(from: number, to: number, interval: Level): AnalyticsRange {
  const stepMs = LEVEL_MS[interval];
  return { fromAt: Math.floor(from / stepMs) * stepMs, toAt: Math.ceil(to / stepMs) * stepMs, interval };
}

/** Returns the number of points in a range. */
function points({ fromAt, toAt, interval }: AnalyticsRange): number {
  return (toAt - fromAt) / LEVEL_MS[interval];
}

function invalid(field: string, message: string): ProblemError {
  return new ProblemError(400, 'invalid_request', 'The range is invalid', { errors: [{ field, message }] });
}
