import { Type, type Static } from 'typebox';
import { LIMITS } from '../limits.ts';
import { OneOf, strict, Within } from './fields.ts';
import { ExecutionFilter } from './webhook-executions.ts';

/** Response to a cancellation, sent once Kafka has stored the command; the outcome is published later. */
export const AcceptedCancellation = Type.Object({
  execution_id: Type.String(),
  status: OneOf(['cancelling'] as const),
});
export type AcceptedCancellation = Static<typeof AcceptedCancellation>;

export const CancelByFilter = Type.Object(
  {
    filter: Type.Object(ExecutionFilter.properties, {
      ...strict,
      description:
        'Selects the executions to cancel, with the filter fields of the list of executions. Executions that have ended or are being cancelled are left out.',
    }),
    max: Type.Optional(
      Within(LIMITS.cancelledAtOnce, {
        description: 'Maximum number of executions to cancel with this request; 1,000 by default.',
      }),
    ),
  },
  strict,
);
export type CancelByFilter = Static<typeof CancelByFilter>;

export const CancelledByFilter = Type.Object({
  cancelling: Type.Integer({
    description:
      'Number of executions that are being cancelled. An execution whose last call succeeds in the meantime ends as success.',
  }),
  has_more: Type.Boolean({
    description: 'Whether further executions may match; repeat the request to cancel them.',
  }),
});
export type CancelledByFilter = Static<typeof CancelledByFilter>;
