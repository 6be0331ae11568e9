import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import { addMeasures, type Measures, noMeasures } from '@hookline/shared/analytics/measures';
import { type Dimension, FINEST_SET, type RollupKey, setOf } from '@hookline/shared/analytics/rollup-key';
import type {
  AnalyticsGroup,
  AnalyticsQuery,
  WebhookAnalytics,
} from '@hookline/shared/contracts/rest/webhook-analytics';
import { isoTime } from '../http/iso-time.ts';
import { type AnalyticsRange, analyticsRange } from './analytics-range.ts';
import { classesOf, ofErrorType } from './error-figures.ts';
import { breakdownsOf, figuresOf, seriesOf, type TimedMeasures } from './figures.ts';
import type { RollupFilter, RollupPoint, Rollups } from './pg-rollups.ts';

export interface Analytics {
  /** @throws ProblemError 400 if the range cannot be shown */
  query(accountId: string, query: AnalyticsQuery): Promise<WebhookAnalytics>;
}

const DEFAULT_GROUPS = 10;

/** Answers analytics queries from the rollup of history (ADR 40). */
export function createAnalytics({ rollups, now }: { rollups: Rollups; now: () => number }): Analytics {
  return {
    query: async (accountId, query) => {
      const range = analyticsRange(query, now());
      const grouping = query.group_by ?? 'none';
      const filter = filterOf(accountId, query);
      const found = await readPoints(rollups, {
        filter,
        grouping,
        range,
        limit: query.groups ?? DEFAULT_GROUPS,
      });
      const { error_type: errorType } = query;
      const narrow = (point: TimedMeasures): TimedMeasures =>
        errorType === undefined ? point : { at: point.at, measures: ofErrorType(point.measures, errorType) };
      const total = found.total.map(narrow);
      const groups = groupsOf(found, { grouping, limit: query.groups ?? DEFAULT_GROUPS, narrow });
      const sum = sumOf(total);
      return {
        from: isoTime(range.fromAt),
        to: isoTime(range.toAt),
        interval: range.interval,
        group_by: grouping,
        complete: found.complete,
        totals: figuresOf(sum),
        ...breakdownsOf(sum),
        series: grouping === 'none' ? seriesOf(total, range) : [],
        groups: groups.map(({ key, other, points }) => ({
          key,
          other,
          totals: figuresOf(sumOf(points)),
          series: seriesOf(points, range),
        })),
      };
    },
  };
}

type Grouping = WebhookAnalytics['group_by'];

function filterOf(accountId: string, query: AnalyticsQuery): RollupFilter {
  const key: RollupKey = {
    workflow: query.workflow_id ?? null,
    action: query.action_id === undefined ? null : canonicalId(query.action_id),
    endpoint: query.endpoint ?? null,
  };
  const dimensions = (Object.keys(key) as Dimension[]).filter((dimension) => key[dimension] !== null);
  return { accountId, key, set: setOf(dimensions) };
}

interface FoundPoints {
  /** Points of everything that matches the filter. */
  total: RollupPoint[];
  /** Points of the groups by a dimension, the largest at least; empty without. */
  grouped: RollupPoint[];
  complete: boolean;
}

async function readPoints(
  rollups: Rollups,
  request: { filter: RollupFilter; grouping: Grouping; range: AnalyticsRange; limit: number },
): Promise<FoundPoints> {
  const { filter, grouping, range, limit } = request;
  const dimension = dimensionOf(grouping);
  const filtered = filter.set !== 0;
  if (range.interval === 'minute' && (filtered || dimension !== null)) {
    const found = await rollups.minutes({ ...filter, set: FINEST_SET }, range);
    const matching = filtered ? found.filter(({ others }) => !others) : found;
    const grouped = dimension === null ? [] : found.filter(({ others }) => !others);
    return { total: matching, grouped, complete: isComplete(found, filtered) };
  }
  const finer = dimension === null ? null : { ...filter, set: filter.set | setOf([dimension]) };
  const [found, grouped] = await Promise.all([
    rollups.one(filter, range),
    finer === null || finer.set === filter.set ? [] : rollups.largest(finer, range, limit),
  ]);
  const total = filtered ? found.filter(({ others }) => !others) : found;
  // Grouped by what is filtered by: there is one group.
  const same = finer !== null && finer.set === filter.set;
  return { total, grouped: same ? total : grouped, complete: isComplete(found, filtered) };
}

function isComplete(found: readonly RollupPoint[], filtered: boolean): boolean {
  return !found.some(({ capped, others }) => capped || (filtered && others));
}

function dimensionOf(grouping: Grouping): Dimension | null {
  return grouping === 'none' || grouping === 'error_type' ? null : grouping;
}

interface GroupPoints extends Pick<AnalyticsGroup, 'key' | 'other'> {
  points: TimedMeasures[];
}

/** Splits points into groups: the largest ones, and one of the rest if it has any executions or attempts. */
function groupsOf(
  { total, grouped }: FoundPoints,
  options: { grouping: Grouping; limit: number; narrow: (point: TimedMeasures) => TimedMeasures },
): GroupPoints[] {
  const { grouping, limit, narrow } = options;
  if (grouping === 'none') return [];
  const narrowed = total.map(narrow);
  const groups = grouping === 'error_type' ? classesOf(narrowed) : byDimension(grouped, grouping, narrow);
  const largest = groups
    .map((group) => ({ ...group, sum: sumOf(group.points) }))
    .filter(({ sum }) => sum.executions > 0 || sum.attempts > 0)
    .sort((a, b) => b.sum.executions - a.sum.executions || b.sum.attempts - a.sum.attempts)
    .slice(0, limit)
    .map(({ key, points }) => ({ key, other: false, points }));
  const rest = restOf(narrowed, largest);
  const left = sumOf(rest);
  return left.executions > 0 || left.attempts > 0
    ? [...largest, { key: null, other: true, points: rest }]
    : largest;
}

function byDimension(
  grouped: readonly RollupPoint[],
  dimension: Dimension,
  narrow: (point: TimedMeasures) => TimedMeasures,
): { key: string | null; points: TimedMeasures[] }[] {
  const groups = new Map<string | null, TimedMeasures[]>();
  for (const point of grouped) {
    const key = point.key[dimension];
    const points = groups.get(key);
    if (points) points.push(narrow(point));
    else groups.set(key, [narrow(point)]);
  }
  return [...groups].map(([key, points]) => ({ key, points }));
}

/** Takes the groups away from the total, point by point. */
function restOf(total: readonly TimedMeasures[], groups: readonly GroupPoints[]): TimedMeasures[] {
  const rest = new Map<number, Measures>();
  const add = ({ at, measures }: TimedMeasures, sign: 1 | -1): void => {
    const sum = rest.get(at) ?? noMeasures();
    rest.set(at, sum);
    addMeasures(sum, measures, sign);
  };
  for (const point of total) add(point, 1);
  for (const { points } of groups) for (const point of points) add(point, -1);
  return [...rest].map(([at, measures]) => ({ at, measures }));
}

function sumOf(points: readonly TimedMeasures[]): Measures {
  const sum = noMeasures();
  for (const { measures } of points) addMeasures(sum, measures);
  return sum;
}
