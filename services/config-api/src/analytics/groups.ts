import {
  addMeasures,
  type Measures,
  noMeasures,
  storedErrorSize,
  storedSize,
  type StoredMeasures,
} from '@hookline/shared/analytics/measures';
import type { Dimension } from '@hookline/shared/analytics/rollup-key';
import type { AnalyticsGroup } from '@hookline/shared/contracts/rest/webhook-analytics';
import { restrictTo } from './error-figures.ts';
import { byTime, type Points, sumOf } from './figures.ts';
import type { RollupPoint } from './pg-rollups.ts';

interface GroupPoints extends Pick<AnalyticsGroup, 'key' | 'other'> {
  sum: Measures;
  points: Points;
}

/**
 * Groups points by a dimension, and keeps only the largest groups, because no other groups are shown.
 * @param options.errorType counts only executions and attempts with this error class
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

/** Returns the largest groups, and one group for the rest if it contains any executions or attempts. */
export function largestGroups(
  total: Points,
  groups: ReadonlyMap<string | null, Points>,
  limit: number,
): GroupPoints[] {
  const largest = [...groups]
    .map(([key, points]) => ({ key, other: false, sum: sumOf(points), points }))
    .filter(hasAny)
    .sort((a, b) => bySize(a.sum, b.sum))
    .slice(0, limit);
  const points = restOf(total, largest);
  const rest = { key: null, other: true, sum: sumOf(points), points };
  return hasAny(rest) ? [...largest, rest] : largest;
}

type Size = Pick<Measures, 'executions' | 'attempts'>;

function bySize(a: Size, b: Size): number {
  return b.executions - a.executions || b.attempts - a.attempts;
}

function hasAny({ sum }: { sum: Size }): boolean {
  return sum.executions > 0 || sum.attempts > 0;
}

/** Subtracts the groups from the total, point by point. */
function restOf(total: Points, groups: readonly Pick<GroupPoints, 'points'>[]): Points {
  const rest = new Map<number, Measures>();
  for (const at of total.keys()) {
    // `get` builds new measures on every call, so these may be modified.
    const left = total.get(at) ?? noMeasures();
    for (const { points } of groups) {
      const measures = points.get(at);
      if (measures) addMeasures(left, measures, -1);
    }
    rest.set(at, left);
  }
  return rest;
}
