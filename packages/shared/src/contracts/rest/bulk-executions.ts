import { Type, type Static } from 'typebox';
import { LIMITS } from '../limits.ts';
import { Nullable, strict } from './fields.ts';
import { Problem } from './problem.ts';
import { CreateWebhookExecution, IdempotencyKey } from './webhook-executions.ts';

/** An item of a bulk request: the body of a single request, with an idempotency key of its own. */
export const BulkItem = Type.Object(
  {
    ...CreateWebhookExecution.properties,
    idempotency_key: Type.Optional(
      Nullable(IdempotencyKey('Like the header of a single request: kept for 24 h, only for this item.')),
    ),
  },
  strict,
);
export type BulkItem = Static<typeof BulkItem>;

export const CreateBulkExecutions = Type.Object(
  {
    items: Type.Array(BulkItem, {
      minItems: LIMITS.bulkItems.min,
      maxItems: LIMITS.bulkItems.max,
      description: 'Requests; each is checked, counted and answered separately.',
    }),
  },
  strict,
);

export const BulkAnswer = Type.Object({
  status: Type.Integer({
    description: 'Status of the response that a single request would have received: 202 if it was accepted.',
  }),
  execution_id: Nullable(Type.String({ description: 'Null if the request was not accepted.' })),
  problem: Nullable(Problem),
});
export type BulkAnswer = Static<typeof BulkAnswer>;

export const BulkExecutions = Type.Object({
  accepted: Type.Integer({ description: 'Number of requests that Kafka has stored.' }),
  rejected: Type.Integer({
    description: 'Number of requests that were not accepted; their results give the reason.',
  }),
  data: Type.Array(BulkAnswer, { description: 'A result for each item, in the order of the items.' }),
});
export type BulkExecutions = Static<typeof BulkExecutions>;
