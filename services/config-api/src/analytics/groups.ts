import {
  addMeasures,
  type Measures,
  storedErrorSize,
  storedSize,
  type StoredMeasures,
} from '@hookline/shared/analytics/measures';
import type { Dimension } from '@hookline/shared/analytics/rollup-key';
import type { AnalyticsGroup } from '@hookline/shared/contracts/rest/webhook-analytics';
import { restrictTo } from './error-figures.ts';
import { byTime, copyOf, sumOf } from './figures.ts';
import type { RollupPoint } from './pg-rollups.ts';

/** Measures by the start of their point, epoch ms. */
type Points = ReadonlyMap<number, Measures>;

interface GroupPoints extends Pick<AnalyticsGroup, 'key' | 'other'> {
  sum: Measures;
  points: Points;
}

/**
 * Groups points by a dimension; only the largest groups, because only they are shown.
 * @param options.errorType counts only what has this error class
 */
export function byDimension(
  found: readonly RollupPoint[],
  dimension: Dimension,
  options: { limit: number; errorType: string | undefined },
): Map<string | null, Points> {
  const { limit, errorType } = options;
  const sizeOf = (stored: StoredMeasures): { executions: number; attempts: number } =>
    errorType === undefined ? storedSize(stored) : storedErrorSize(stored, errorType);
  const groups = [...Map.groupBy(found, ({ key }) => key[dimension])].map(([key, points]) => {
    const size = { executions: 0, attempts: 0 };
    for (const { measures } of points) {
      const { executions, attempts } = sizeOf(measures);
      size.executions += executions;
      size.attempts += attempts;
    }
    return { key, points, size };
  });
  const largest = groups.sort((a, b) => bySize(a.size, b.size)).slice(0, limit);
  return new Map(largest.map(({ key, points }) => [key, restrictTo(errorType, byTime(points))]));
}

/** Returns the largest groups, and one of the rest if it has any executions or attempts. */
export function largestGroups(
  total: Points,
  groups: ReadonlyMap<string | null, Points>,
  limit: number,
): GroupPoints[] {
  const largest = [...groups]
    .map(([key, points]) => ({ key, other: false, sum: sumOf(points.values()), points }))
    .filter(hasAny)
    .sort((a, b) => bySize(a.sum, b.sum))
    .slice(0, limit);
  const points = restOf(total, largest);
  const rest = { key: null, other: true, sum: sumOf(points.values()), points };
  return hasAny(rest) ? [...largest, rest] : largest;
}

type Size = Pick<Measures, 'executions' | 'attempts'>;

function bySize(a: Size, b: Size): number {
  return b.executions - a.executions || b.attempts - a.attempts;
}

function hasAny({ sum }: { sum: Size }): boolean {
  return sum.executions > 0 || sum.attempts > 0;
}

/** Takes the groups away from the total, point by point. */
function restOf(total: Points, groups: readonly Pick<GroupPoints, 'points'>[]): Points {
  const rest = new Map([...total].map(([at, measures]) => [at, copyOf(measures)]));
  for (const { points } of groups) {
    for (const [at, measures] of points) {
      const left = rest.get(at);
      if (left) addMeasures(left, measures, -1);
    }
  }
  return rest;
}
