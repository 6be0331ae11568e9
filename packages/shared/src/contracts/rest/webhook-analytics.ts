import { Type, type Static } from 'typebox';
import { LIMITS } from '../limits.ts';
import { ExternalId, Nullable, OneOf, strict, Timestamp, Within } from './fields.ts';

const INTERVALS = ['minute', 'hour', 'day'] as const;
const GROUPINGS = ['none', 'workflow', 'action', 'endpoint', 'error_type'] as const;

export const AnalyticsQuery = Type.Object(
  {
    from: Type.Optional(
      Timestamp('Start of the range, rounded down to the interval. By default 24 h before `to`.'),
    ),
    to: Type.Optional(Timestamp('End of the range, rounded up to the interval. By default now.')),
    interval: Type.Optional(
      OneOf(INTERVALS, {
        description:
          'Interval that each point covers. By default the shortest that stays within the maximum number of points: 360 minutes (60 with a filter), 744 hours or 400 days; with groups, 60 minutes, 168 hours or 92 days.',
      }),
    ),
    group_by: Type.Optional(
      OneOf(GROUPINGS, {
        default: 'none',
        description: 'Groups the figures by this field; all but the largest groups form one group, `other`.',
      }),
    ),
    groups: Type.Optional(
      Within(LIMITS.analyticsGroups, {
        default: 10,
        description: 'Maximum number of groups besides `other`.',
      }),
    ),
    workflow_id: Type.Optional(ExternalId('Executions of this workflow.')),
    action_id: Type.Optional(ExternalId('Executions of this action.')),
    endpoint: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2_048,
        pattern: '^[^\\u0000-\\u001f]*$',
        description: 'Executions whose last attempt went to this endpoint: scheme, host, port and path.',
      }),
    ),
    error_type: Type.Optional(
      ExternalId(
        'Executions and attempts with this error class (R-010). No latencies are returned with this filter.',
      ),
    ),
  },
  strict,
);
export type AnalyticsQuery = Static<typeof AnalyticsQuery>;

const Percentiles = (description: string) =>
  Nullable(
    Type.Object(
      { p50: Type.Integer(), p95: Type.Integer(), p99: Type.Integer() },
      {
        description: `${description} In milliseconds, from a histogram: within 5 % plus half a millisecond of the exact value. Null if nothing was measured, or if the query has error_type.`,
      },
    ),
  );

const figures = {
  executions: Type.Integer({ description: 'Executions accepted in this period.' }),
  succeeded: Type.Integer(),
  failed: Type.Integer({ description: 'Executions that ended with `error` or `timeout`.' }),
  cancelled: Type.Integer(),
  open: Type.Integer({ description: 'Executions that have not ended yet.' }),
  success_rate: Nullable(
    Type.Number({
      description:
        'Share of successes among executions that succeeded or failed, from 0 to 1; null if there are none.',
    }),
  ),
  attempts: Type.Integer({ description: 'Attempts of these executions, whenever they were made.' }),
  duration_ms: Percentiles('Duration of an attempt.'),
  start_delay_ms: Percentiles(
    'Time from the acceptance of an execution, or its not_before if later, to the start of its first attempt.',
  ),
};

const Figures = Type.Object(figures);

const Point = Type.Object({ at: Timestamp('Start of the interval that the point covers.'), ...figures });

const HistogramBucket = Type.Object({
  from_ms: Type.Integer({ description: 'Lower bound of the bucket, inclusive.' }),
  below_ms: Nullable(
    Type.Integer({ description: 'Upper bound of the bucket, exclusive; null for the last bucket.' }),
  ),
  count: Type.Integer(),
});

const Group = Type.Object({
  key: Nullable(
    Type.String({
      description:
        'Id of the workflow or action, the endpoint, or the error class. Null for `other`, and for executions that have no endpoint because no attempt was made.',
    }),
  ),
  other: Type.Boolean({ description: 'Whether this group sums up all groups that are not shown.' }),
  totals: Figures,
  series: Type.Array(Point),
});

export const WebhookAnalytics = Type.Object({
  from: Timestamp('Start of the interval of the first point.'),
  to: Timestamp('End of the interval of the last point.'),
  interval: OneOf(INTERVALS),
  group_by: OneOf(GROUPINGS),
  complete: Type.Boolean({
    description:
      'False if the numbers may be too low: a minute reached the maximum number of executions that are counted, or, with a filter, there were so many workflows, actions and endpoints that only the largest were counted separately.',
  }),
  totals: Figures,
  attempt_counts: Type.Array(Type.Object({ attempts: Type.Integer(), executions: Type.Integer() }), {
    description: 'Executions by their number of attempts.',
  }),
  errors: Type.Array(
    Type.Object({
      error_type: Type.String(),
      executions: Type.Integer({ description: 'Executions that ended with this error class.' }),
      attempts: Type.Integer({ description: 'Attempts that ended with this error class.' }),
    }),
    { description: 'Most frequent first.' },
  ),
  waits: Type.Array(
    Type.Object({
      reason: Type.String(),
      waits: Type.Integer(),
      waited_ms: Type.Integer({ description: 'Total length.' }),
    }),
    {
      description:
        'Waits by reason, the longest total first. A wait is included only after its attempt has started or the execution has ended.',
    },
  ),
  duration_histogram: Type.Array(HistogramBucket),
  start_delay_histogram: Type.Array(HistogramBucket),
  series: Type.Array(Point, { description: 'One point for each interval; empty if there are groups.' }),
  groups: Type.Array(Group, { description: 'Largest first, then `other`; empty with group_by=none.' }),
});
export type WebhookAnalytics = Static<typeof WebhookAnalytics>;
export type AnalyticsFigures = Static<typeof Figures>;
export type AnalyticsGroup = Static<typeof Group>;
export type AnalyticsPoint = Static<typeof Point>;

export const UsageQuery = Type.Object(
  {
    from: Type.Optional(Timestamp('First day, UTC. By default 29 days before `to`.')),
    to: Type.Optional(Timestamp('Last day, UTC. By default today.')),
  },
  strict,
);
export type UsageQuery = Static<typeof UsageQuery>;

export const Usage = Type.Object({
  data: Type.Array(
    Type.Object({
      day: Type.String({ format: 'date', description: 'UTC day on which the executions were accepted.' }),
      executions: Type.Integer(),
      attempts: Type.Integer(),
      stored_bytes: Type.Integer({
        description:
          'Total bytes of the contexts, metadata, request URLs, headers, bodies, mapped values and mapping errors in history, before compression.',
      }),
    }),
    { description: 'One entry for each day, oldest first; at most 400.' },
  ),
});
export type Usage = Static<typeof Usage>;
