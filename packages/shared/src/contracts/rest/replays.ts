import { Type, type Static } from 'typebox';
import { LIMITS } from '../limits.ts';
import { Nullable, OneOf, strict, Timestamp, Within } from './fields.ts';
import { NextCursor, pageQuery } from './pages.ts';
import { CreateWebhookExecution, ExecutionFilter } from './webhook-executions.ts';

/** Definition that a replay uses. */
const DEFINITIONS = ['current', 'original'] as const;
export type ReplayDefinition = (typeof DEFINITIONS)[number];

const definition = Type.Optional(
  OneOf(DEFINITIONS, {
    default: 'current',
    description:
      '`current`: the webhook as it is now. `original`: the version that the last attempt used, with the current credential, provided that the destination is the same.',
  }),
);

export const ReplayExecution = Type.Object(
  {
    definition,
    context: CreateWebhookExecution.properties.context,
    metadata: CreateWebhookExecution.properties.metadata,
  },
  {
    ...strict,
    description:
      'Fields that differ from the original request. Its not_before, expires_at and retry_schedule do not ' +
      'apply again; all other fields are taken from it.',
  },
);
export type ReplayExecution = Static<typeof ReplayExecution>;

/** The body is optional. */
export const ReplayExecutionBody = Nullable(ReplayExecution);

export const ReplayedExecution = Type.Object({
  execution_id: Type.String({ description: 'Id of the new execution.' }),
  replay_of: Type.String({ description: 'Id of the replayed execution.' }),
  status: OneOf(['pending'] as const),
});
export type ReplayedExecution = Static<typeof ReplayedExecution>;

export const CreateReplayJob = Type.Object(
  {
    filter: ExecutionFilter,
    definition,
    rate_per_second: Type.Optional(
      Within(LIMITS.replayRatePerSecond, {
        default: 50,
        description:
          'Maximum number of executions that the job requests per second; at most the quota of the account for executions per second.',
      }),
    ),
    max: Type.Optional(
      Within(LIMITS.replayItems, {
        default: 100_000,
        description: 'Maximum number of executions that the job processes, oldest first.',
      }),
    ),
  },
  strict,
);
export type CreateReplayJob = Static<typeof CreateReplayJob>;

const JOB_STATES = ['planned', 'running', 'paused', 'aborting', 'aborted', 'completed'] as const;
export type ReplayJobState = (typeof JOB_STATES)[number];

const SampledExecution = Type.Object({
  execution_id: Type.String(),
  action_id: Type.String(),
  workflow_id: Type.String(),
  status: Type.String(),
  error_type: Nullable(Type.String()),
  accepted_at: Timestamp('Time at which Kafka stored the request.'),
});

export const ReplayJob = Type.Object({
  id: Type.String(),
  state: OneOf(JOB_STATES, {
    description:
      'A job is `planned` until it is started. `aborting`: no further execution is requested, but the last batch is still being recorded.',
  }),
  filter: ExecutionFilter,
  definition: OneOf(DEFINITIONS),
  rate_per_second: Type.Integer(),
  max: Type.Integer(),
  accepted_before: Timestamp('Only executions accepted before this time are replayed.'),
  planned: Type.Object(
    {
      count: Type.Integer({ description: 'Number of executions that match the filter.' }),
      exact: Type.Boolean({ description: 'False if counting stopped at `count`; there may be more.' }),
      sample: Type.Array(SampledExecution, { description: 'The first matching executions, at most 10.' }),
    },
    { description: 'Executions counted when the job was created; the job processes at most `max` of them.' },
  ),
  progress: Type.Object({
    total: Type.Integer({
      description: 'Number of executions selected so far, including those that are about to be requested.',
    }),
    replayed: Type.Integer({ description: 'Executions that were requested again, each exactly once.' }),
    skipped: Type.Integer({
      description:
        'Executions that cannot be replayed: they have not ended, are no longer stored, or have no stored context.',
    }),
    failed: Type.Integer({
      description: 'Executions that could not be requested; the items give the reasons.',
    }),
  }),
  created_at: Timestamp('Time at which the job was planned.'),
  started_at: Nullable(Timestamp('Time at which it was first started.')),
  ended_at: Nullable(Timestamp('Time at which it was completed or aborted.')),
});
export type ReplayJob = Static<typeof ReplayJob>;

export const ReplayJobList = Type.Object({
  data: Type.Array(ReplayJob, { description: 'Newest first; jobs are kept for 30 days.' }),
  next_cursor: NextCursor,
});
export type ReplayJobList = Static<typeof ReplayJobList>;

export const ReplayJobParams = Type.Object({
  id: Type.String({ maxLength: 200, description: 'Id of the job.' }),
});

const ITEM_STATES = ['pending', 'replayed', 'skipped', 'failed'] as const;
export type ReplayItemState = (typeof ITEM_STATES)[number];

export const ReplayItemQuery = Type.Object(
  { state: Type.Optional(OneOf(ITEM_STATES)), ...pageQuery },
  strict,
);
export type ReplayItemQuery = Static<typeof ReplayItemQuery>;

const ReplayItem = Type.Object({
  replay_of: Type.String({ description: 'Id of the execution that is replayed.' }),
  accepted_at: Timestamp('Time at which Kafka stored its request.'),
  execution_id: Nullable(
    Type.String({ description: 'Id of the new execution; null if the item was skipped.' }),
  ),
  state: OneOf(ITEM_STATES, { description: '`pending`: stored, and about to be requested.' }),
  reason: Nullable(Type.String({ description: 'Reason why the item was skipped or failed.' })),
});

export const ReplayItemList = Type.Object({
  data: Type.Array(ReplayItem, { description: 'In the order in which they are replayed: oldest first.' }),
  next_cursor: NextCursor,
});
export type ReplayItemList = Static<typeof ReplayItemList>;
