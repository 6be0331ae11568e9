import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import { type Dimension, FINEST_SET, type RollupKey, setOf } from '@hookline/shared/analytics/rollup-key';
import type { AnalyticsQuery, WebhookAnalytics } from '@hookline/shared/contracts/rest/webhook-analytics';
import type { AccountTurns } from '../quotas/account-turns.ts';
import { isoTime } from '../http/iso-time.ts';
import { type AnalyticsRange, analyticsRange } from './analytics-range.ts';
import { byErrorType, restrictTo } from './error-figures.ts';
import { breakdownsOf, byTime, figuresOf, type Points, seriesOf, sumOf } from './figures.ts';
import { byDimension, largestGroups } from './groups.ts';
import type { RollupFilter, RollupPoint, Rollups } from './pg-rollups.ts';

export interface Analytics {
  /** @throws ProblemError 400 if the range cannot be shown, 429 if too many queries of the account are in progress */
  query(accountId: string, query: AnalyticsQuery): Promise<WebhookAnalytics>;
}

const DEFAULT_GROUPS = 10;
/**
 * Time in ms for which the turn of a query stays occupied after the query, for each point that it has read (see
 * `AccountTurns`). Reading and adding up a point takes about 10 µs of the event loop, and a query may read 18,000
 * points. With this delay, an account, which has two turns, uses less than a fifth of the loop.
 */
const REST_MS_PER_POINT = 0.1;

/** Dependencies of analytics queries, which read the rollup of history (ADR 40). */
interface AnalyticsDeps {
  rollups: Rollups;
  /** Limits the queries of an account that run at the same time. */
  turns: Pick<AccountTurns, 'run'>;
  now: () => number;
}

export function createAnalytics({ rollups, turns, now }: AnalyticsDeps): Analytics {
  return {
    query: async (accountId, query) => {
      const range = analyticsRange(query, now());
      const grouping = query.group_by ?? 'none';
      const filter = filterOf(accountId, query);
      const limit = query.groups ?? DEFAULT_GROUPS;
      const found = await turns.run(
        accountId,
        () => readPoints(rollups, { filter, grouping, range, limit }),
        (points) => points.read * REST_MS_PER_POINT,
      );
      const total = restrictTo(query.error_type, byTime(found.total));
      const groups = groupsOf(found, { query, total });
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
        groups: groups.map(({ key, other, sum, points }) => ({
          key,
          other,
          totals: figuresOf(sum),
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
  /** Points for all executions that match the filter. */
  total: RollupPoint[];
  /** Points of at least the largest groups of the dimension; empty without a dimension. */
  grouped: RollupPoint[];
  complete: boolean;
  /** Number of points that were read. */
  read: number;
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
    return { total: matching, grouped, complete: isComplete(found, filtered), read: found.length };
  }
  const finer = dimension === null ? null : { ...filter, set: filter.set | setOf([dimension]) };
  const [found, grouped] = await Promise.all([
    rollups.one(filter, range),
    finer === null || finer.set === filter.set ? [] : rollups.largest(finer, range, limit),
  ]);
  const total = filtered ? found.filter(({ others }) => !others) : found;
  // If the query filters by the grouped dimension, there is only one group.
  const same = finer !== null && finer.set === filter.set;
  const read = found.length + grouped.length;
  return { total, grouped: same ? total : grouped, complete: isComplete(found, filtered), read };
}

function isComplete(found: readonly RollupPoint[], filtered: boolean): boolean {
  return !found.some(({ capped, others }) => capped || (filtered && others));
}

function dimensionOf(grouping: Grouping): Dimension | null {
  return grouping === 'none' || grouping === 'error_type' ? null : grouping;
}

function groupsOf(
  { grouped }: FoundPoints,
  { query, total }: { query: AnalyticsQuery; total: Points },
): ReturnType<typeof largestGroups> {
  const { group_by: grouping = 'none', groups: limit = DEFAULT_GROUPS, error_type: errorType } = query;
  if (grouping === 'none') return [];
  const dimension = dimensionOf(grouping);
  const groups =
    dimension === null ? byErrorType(total) : byDimension(grouped, dimension, { limit, errorType });
  return largestGroups(total, groups, limit);
}
