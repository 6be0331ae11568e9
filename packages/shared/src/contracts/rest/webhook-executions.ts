import { Type, type Static } from 'typebox';
import { LIMITS } from '../limits.ts';
import { ExternalId, Nullable, OneOf, strict, TextMap, Timestamp, Within } from './fields.ts';
import { RetrySchedule } from './delivery-choices.ts';
import { NextCursor, pageQuery } from './pages.ts';

const EXECUTION_STATUSES = [
  'pending',
  'retrying',
  'cancelling',
  'success',
  'error',
  'timeout',
  'cancelled',
] as const;
const StatusInHistory = OneOf(EXECUTION_STATUSES);
const OutcomeStatus = OneOf(['success', 'error', 'timeout', 'cancelled'] as const);

export const CreateWebhookExecution = Type.Object(
  {
    action_id: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Id or external_id of the webhook action to call.',
    }),
    workflow_execution_id: Type.Optional(
      Nullable(ExternalId('Run of the workflow; returned in the outcome.')),
    ),
    step_id: Type.Optional(Nullable(ExternalId('Step of the workflow; returned in the outcome.'))),
    context: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Values for merge fields: contact, workflow, execution, account. At most 1 MiB of JSON.',
      }),
    ),
    metadata: Type.Optional(
      TextMap({
        description: 'Your own key/value pairs, returned in the outcome.',
        maxProperties: 50,
        maxLength: 1_024,
      }),
    ),
    not_before: Type.Optional(Nullable(Timestamp('Earliest time of the first call, at most 7 days ahead.'))),
    expires_at: Type.Optional(
      Nullable(
        Timestamp('No call runs after this time. At most 7 days after now or not_before; 72 h by default.'),
      ),
    ),
    retry_policy: Type.Optional(
      Nullable(
        Type.Object(
          {
            max_retries: Within(LIMITS.retries, {
              description: 'Maximum number of retries after the first call.',
            }),
            base_ms: Within(LIMITS.retryBaseMs, {
              description: 'Wait before the first retry, in milliseconds.',
            }),
            factor: Within(LIMITS.retryFactor, {
              description: 'Each wait is the previous one multiplied by this factor, but at most 24 hours.',
            }),
          },
          { ...strict, description: 'Replaces the retry policy of the action for this execution.' },
        ),
      ),
    ),
    retry_schedule: Type.Optional(
      RetrySchedule(
        'Replaces the waits and the number of retries of the action for this execution; not together with retry_policy.',
      ),
    ),
  },
  strict,
);
export type CreateWebhookExecution = Static<typeof CreateWebhookExecution>;

/** A key, chosen by the caller, by which repeats are recognised: 1 to 255 printable ASCII characters. */
export const IdempotencyKey = (description: string) =>
  Type.String({ pattern: '^[\\x20-\\x7e]{1,255}$', description });

export const CreateExecutionHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    IdempotencyKey(
      'Kept for 24 h. Repeating a request with the same key and body returns the same execution; the order of the keys in the body does not matter. With Prefer: wait, a repeat waits for the outcome of the first request.',
    ),
  ),
  prefer: Type.Optional(
    Type.String({
      description:
        '`wait=30`: respond with the outcome if it arrives within 30 s (RFC 7240); at most 60 s. A response without Preference-Applied was sent without waiting for the outcome, because too many requests were waiting.',
    }),
  ),
});

export const AcceptedExecution = Type.Object({
  execution_id: Type.String(),
  status: OneOf(['pending'] as const),
});
export type AcceptedExecution = Static<typeof AcceptedExecution>;

/** Outcome of an execution: the response to `Prefer: wait`. */
export const ExecutionOutcome = Type.Object({
  execution_id: Type.String(),
  workflow_id: Type.String(),
  action_id: Type.String(),
  workflow_execution_id: Nullable(Type.String()),
  status: OutcomeStatus,
  attempt_count: Type.Integer({ description: 'Number of attempts made.' }),
  error_type: Nullable(Type.String()),
  error_message: Nullable(Type.String()),
  response_status: Nullable(Type.Integer({ description: 'HTTP status of the last response.' })),
  response_headers: Type.Record(Type.String(), Type.String()),
  response_body: Nullable(Type.String({ description: 'Body of the last response, truncated to 64 KiB.' })),
  response_truncated: Type.Boolean(),
  mapped_fields: Type.Record(Type.String(), Type.Unknown(), {
    description: 'Values that the response mapping extracted, by target.',
  }),
  mapping_errors: Type.Record(Type.String(), Type.String()),
  completed_at: Timestamp('Time at which the execution ended.'),
});
export type ExecutionOutcome = Static<typeof ExecutionOutcome>;

/** An entry of the list of executions. */
export const WebhookExecution = Type.Object({
  execution_id: Type.String(),
  workflow_id: Type.String(),
  action_id: Type.String(),
  workflow_execution_id: Nullable(Type.String()),
  step_id: Nullable(Type.String()),
  status: StatusInHistory,
  attempt_count: Type.Integer({ description: 'Number of attempts recorded so far.' }),
  error_type: Nullable(Type.String()),
  error_message: Nullable(Type.String()),
  response_status: Nullable(Type.Integer()),
  waits_for: Nullable(
    Type.String({ description: 'Reason why the next attempt waits; null if it does not.' }),
  ),
  next_attempt_at: Nullable(Timestamp('Time at which the next attempt is due.')),
  requested_at: Timestamp('Time at which the engine made the request, by its own clock.'),
  accepted_at: Timestamp('Time at which Kafka stored the request.'),
  completed_at: Nullable(Timestamp('Time at which the execution ended.')),
  endpoint: Nullable(
    Type.String({
      description:
        'Endpoint of the last attempt: scheme, host, port and path of the URL template; null before the first attempt.',
    }),
  ),
  replay_of: Nullable(
    Type.String({ description: 'Execution that this one repeats; null if it is not a replay.' }),
  ),
});
export type WebhookExecution = Static<typeof WebhookExecution>;

export const WebhookExecutionList = Type.Object({
  data: Type.Array(WebhookExecution, { description: 'Newest first.' }),
  next_cursor: NextCursor,
  prev_cursor: Nullable(
    Type.String({
      description: 'Send it as `cursor` to get the previous page; null on the first page.',
    }),
  ),
  scanned_until: Nullable(
    Timestamp(
      'Set if the page ended early because its budget was used up: executions have been searched up to this time. Continue with the cursor.',
    ),
  ),
});
export type WebhookExecutionList = Static<typeof WebhookExecutionList>;

/** An attempt as it is stored, with redacted credentials and truncated bodies. */
export const AttemptView = Type.Object({
  attempt: Type.Integer({ description: 'Number of the attempt, from 1.' }),
  definition_version: Type.Integer(),
  status: OneOf(['success', 'error', 'timeout'] as const),
  error_type: Nullable(Type.String()),
  error_message: Nullable(Type.String()),
  request: Nullable(
    Type.Object({
      url: Type.String(),
      method: Type.String(),
      headers: Type.Record(Type.String(), Type.String()),
      body: Nullable(Type.String()),
      body_bytes: Type.Integer(),
      body_sha256: Nullable(Type.String()),
    }),
  ),
  response: Nullable(
    Type.Object({
      status: Type.Integer(),
      headers: Type.Record(Type.String(), Type.String()),
      body: Nullable(Type.String()),
      body_bytes: Nullable(
        Type.Integer({ description: 'Length of the whole body in bytes as sent; null if it is not known.' }),
      ),
      body_bytes_read: Type.Integer(),
      truncated: Type.Boolean(),
    }),
  ),
  queued_ms: Type.Integer({
    description: 'Milliseconds from the receipt of the attempt by a dispatcher to the start of the call.',
  }),
  queue_position: Nullable(Type.Integer()),
  started_at: Timestamp('Time at which the call started.'),
  duration_ms: Type.Integer({
    description: 'Milliseconds from just before the DNS lookup to the last body byte.',
  }),
  next_attempt_at: Nullable(Timestamp('Time at which the next attempt was due.')),
  redirects: Type.Array(
    Type.Object({
      status: Type.Integer({ description: 'Status of the response that redirected.' }),
      method: Type.String({ description: 'Method of the request that followed the redirect.' }),
      url: Type.String({ description: 'URL that was called next, without its query.' }),
      duration_ms: Type.Integer({ description: 'Duration of the call that was redirected.' }),
    }),
    {
      description:
        'Redirects that were followed (follow_redirects), in order; request is the first request sent, response the last response received.',
    },
  ),
});
export type AttemptView = Static<typeof AttemptView>;

/** All waits of one attempt that have the same reason. */
export const WaitView = Type.Object({
  attempt: Type.Integer({ description: 'Number of the attempt that waited.' }),
  reason: Type.String({
    description:
      'Reason why it waited: retry, rate_limited, circuit_open, overflow, not_before, paused, unknown_definition, secret_unavailable or misrouted.',
  }),
  from: Timestamp('Time at which the first of these waits began.'),
  until: Timestamp('Time at which the last of them was due, or at which it ended if that was earlier.'),
  count: Type.Integer({ description: 'Number of waits; waits for other reasons may lie between them.' }),
  waited_ms: Type.Integer({ description: 'Total length of these waits, in milliseconds.' }),
});
export type WaitView = Static<typeof WaitView>;

export const WebhookExecutionDetail = Type.Object({
  ...WebhookExecution.properties,
  bodies: OneOf(['shown', 'hidden'] as const, {
    description:
      'hidden: the key lacks the scope read:bodies, so context, mapped_fields and all bodies are null.',
  }),
  context: Type.Unknown({ description: 'The context that was sent with the request.' }),
  metadata: Type.Record(Type.String(), Type.String()),
  not_before: Nullable(Timestamp('Earliest time of the first call, as requested.')),
  expires_at: Nullable(Timestamp('Time after which no call runs, as requested.')),
  mapped_fields: Nullable(Type.Record(Type.String(), Type.Unknown())),
  mapping_errors: Type.Record(Type.String(), Type.String()),
  attempts: Type.Array(AttemptView, { description: 'Attempts in order.' }),
  waits: Type.Array(WaitView, {
    description:
      'All waits, grouped by attempt and reason, in order. The time that an attempt spent in the queue of a dispatcher does not count as a wait; see queued_ms of the attempt.',
  }),
  waited_ms: Type.Record(Type.String(), Type.Integer(), {
    description: 'Length of all waits by reason, in milliseconds.',
  }),
});
export type WebhookExecutionDetail = Static<typeof WebhookExecutionDetail>;

export const ExecutionParams = Type.Object({
  id: Type.String({ maxLength: 200, description: 'Id of the execution.' }),
});

/** A line of text to search for, without control characters. */
const SearchText = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f\\ud800-\\udfff]*$', description });

const executionFilter = {
  contact_id: Type.Optional(
    SearchText(1_000, 'Look-up: `contact.id` of the context, as a merge field prints it.'),
  ),
  contact_email: Type.Optional(SearchText(1_000, 'Look-up: `contact.email` of the context, ignoring case.')),
  workflow_execution_id: Type.Optional(ExternalId('Look-up: run of the workflow.')),
  action_id: Type.Optional(ExternalId('Look-up: id of the action.')),
  endpoint: Type.Optional(
    SearchText(
      2_048,
      'Look-up: endpoint of the newest definition that was called: scheme, host, port and path of the URL template, in any spelling.',
    ),
  ),
  status: Type.Optional(StatusInHistory),
  error_type: Type.Optional(ExternalId('Look-up: error class (R-010).')),
  workflow_id: Type.Optional(ExternalId('Id of the workflow.')),
  response_status: Type.Optional(
    Within(LIMITS.responseStatus, { description: 'HTTP status of the last response.' }),
  ),
  step_id: Type.Optional(ExternalId('Step of the workflow.')),
  metadata: Type.Optional(
    Type.Array(
      Type.String({ minLength: 1, maxLength: 2_000, pattern: '^[^:\\u0000]{1,1000}:[^\\u0000]*$' }),
      {
        minItems: 1,
        maxItems: 10,
        description:
          'A pair of the metadata, as `key:value`. May be repeated; every pair must match. Requires a range of at most 7 days: set `from`, and also `to` unless the range ends now.',
      },
    ),
  ),
  replay_of: Type.Optional(ExternalId('Replays of this execution.')),
  waited_for: Type.Optional(
    ExternalId('Reason for which an attempt waited, or waits now: `rate_limited`, for example.'),
  ),
  error_text: Type.Optional(
    SearchText(
      200,
      'Part of the error message, ignoring case. Requires a range of at most 7 days: set `from`, and also `to` unless the range ends now.',
    ),
  ),
  endpoint_prefix: Type.Optional(
    SearchText(
      2_048,
      'Beginning of the endpoint, such as `https://api.example.com/v2/`; without a scheme, it matches both http and https.',
    ),
  ),
  from: Type.Optional(Timestamp('Accepted at or after this time.')),
  to: Type.Optional(Timestamp('Accepted before this time.')),
};

/**
 * Selects the executions of an account that match every field. Used as the query of the list and as the body of bulk
 * actions.
 */
export const ExecutionFilter = Type.Object(executionFilter, strict);
export type ExecutionFilter = Static<typeof ExecutionFilter>;

export const ExecutionQuery = Type.Object({ ...executionFilter, ...pageQuery }, strict);
export type ExecutionQuery = Static<typeof ExecutionQuery>;
