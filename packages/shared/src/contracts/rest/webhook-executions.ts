import { Type, type Static } from 'typebox';
import { ExternalId, Nullable, OneOf, strict, TextMap, Timestamp } from './fields.ts';

/** Bounds of a request (DESIGN.md, Topics and events). */
export const REQUEST_LIMITS = {
  contextBytes: 1_048_576,
  notBeforeAheadMs: 7 * 86_400_000,
  expiresAfterMs: 7 * 86_400_000,
  maxWaitSeconds: 60,
} as const;

export const EXECUTION_STATUSES = [
  'pending',
  'retrying',
  'cancelling',
  'success',
  'error',
  'timeout',
  'cancelled',
] as const;
export const ExecutionStatus = OneOf(EXECUTION_STATUSES);
export const OutcomeStatus = OneOf(['success', 'error', 'timeout', 'cancelled'] as const);

export const CreateWebhookExecution = Type.Object(
  {
    action_id: Type.String({ minLength: 1, maxLength: 200, description: 'The webhook action to call.' }),
    workflow_execution_id: Type.Optional(Nullable(ExternalId('Run of the workflow; echoed.'))),
    step_id: Type.Optional(Nullable(ExternalId('Step of the workflow; echoed.'))),
    context: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'What merge fields read: contact, workflow, execution, account. At most 1 MiB of JSON.',
      }),
    ),
    metadata: Type.Optional(
      TextMap({ description: 'Free pairs, echoed in the outcome.', maxProperties: 50, maxLength: 1_024 }),
    ),
    not_before: Type.Optional(Nullable(Timestamp('Earliest time of the first call, at most 7 days ahead.'))),
    expires_at: Type.Optional(
      Nullable(Timestamp('No call runs past it; at most 7 days after now or not_before. Default 72 h.')),
    ),
    retry_policy: Type.Optional(
      Nullable(
        Type.Object(
          {
            max_retries: Type.Integer({
              minimum: 0,
              maximum: 5,
              description: 'Retries after the first call.',
            }),
            base_ms: Type.Integer({
              minimum: 1,
              maximum: 3_600_000,
              description: 'First wait in milliseconds.',
            }),
            factor: Type.Number({
              minimum: 1,
              maximum: 10,
              description: 'Each wait is the last one times this.',
            }),
          },
          { ...strict, description: 'Replaces the retry policy of the action for this execution.' },
        ),
      ),
    ),
  },
  strict,
);
export type CreateWebhookExecution = Static<typeof CreateWebhookExecution>;

export const CreateExecutionHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[\\x20-\\x7e]{1,255}$',
      description: 'Kept 24 h: the same key and body name the same execution, however often it is sent.',
    }),
  ),
  prefer: Type.Optional(
    Type.String({
      description: '`wait=30`: answer with the outcome if it comes within 30 s (RFC 7240); at most 60.',
    }),
  ),
});

export const AcceptedExecution = Type.Object({
  execution_id: Type.String(),
  status: OneOf(['pending'] as const),
});
export type AcceptedExecution = Static<typeof AcceptedExecution>;

/** How an execution ended. */
export const ExecutionOutcome = Type.Object({
  execution_id: Type.String(),
  workflow_id: Type.String(),
  action_id: Type.String(),
  workflow_execution_id: Nullable(Type.String()),
  status: OutcomeStatus,
  attempts: Type.Integer({ description: 'Attempts made.' }),
  error_type: Nullable(Type.String()),
  error_message: Nullable(Type.String()),
  response_status: Nullable(Type.Integer({ description: 'HTTP status of the last answer.' })),
  response_headers: Type.Record(Type.String(), Type.String()),
  response_body: Nullable(Type.String({ description: 'Body of the last answer, cut.' })),
  response_truncated: Type.Boolean(),
  mapped_fields: Type.Record(Type.String(), Type.Unknown(), {
    description: 'Target to value picked by the response mapping.',
  }),
  mapping_errors: Type.Record(Type.String(), Type.String()),
  completed_at: Timestamp('When it ended.'),
});
export type ExecutionOutcome = Static<typeof ExecutionOutcome>;
