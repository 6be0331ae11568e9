import { Type, type Static } from 'typebox';
import { ExternalId, Nullable, strict, Timestamp } from './fields.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

/** An execution that has no outcome and whose last record was processed but led to no further record. */
const UnaccountedExecution = Type.Object({
  account_id: Type.String(),
  execution_id: Nullable(
    Type.String({
      description: 'Null if it has not been read from the record yet, or if Kafka has deleted the record.',
    }),
  ),
  topic: Type.String({ description: 'Topic of its last record, without the prefix of the deployment.' }),
  partition: Type.Integer(),
  offset: Type.Integer(),
  since: Timestamp('Time of its last record.'),
});

/** The ledger of an account, or of all accounts, maintained from the topics (ADR 41). */
export const LedgerView = Type.Object({
  account_id: Nullable(Type.String({ description: 'Null for all accounts together.' })),
  requested: count(
    'Executions requested: the sum of completed, waiting, in_hand, dead_lettered and unaccounted.',
  ),
  completed: count('Executions with any outcome.'),
  waiting: Type.Object(
    {
      total: count('Executions that wait in the delay lanes or are parked.'),
      by_reason: Type.Record(Type.String(), Type.Integer(), {
        description:
          'Number of these executions by the reason for their wait, as in waits_for of an execution; only reasons that occur.',
      }),
    },
    { description: 'Executions that wait until a later time or, if parked, until their calls may continue.' },
  ),
  in_hand: count('Executions that a dispatcher is processing, or has yet to read from Kafka.'),
  dead_lettered: count(
    'Executions without an outcome whose last record was dead-lettered; with the admin key also records without readable ids.',
  ),
  unaccounted: count(
    'Executions in any other state: their last record was processed, but led to no further record. Normally 0.',
  ),
  unaccounted_executions: Type.Array(UnaccountedExecution, {
    maxItems: 20,
    description: 'Examples, at most 20. Their requests can be published again, or the executions cancelled.',
  }),
  counted_since: Nullable(
    Timestamp('Time at which counting began; null if log-ingestor has not counted anything yet.'),
  ),
  as_of: Nullable(
    Timestamp('Time at which the counts were last stored, which usually happens every second.'),
  ),
});
export type LedgerView = Static<typeof LedgerView>;

export const LedgerQuery = Type.Object(
  {
    account_id: Type.Optional(
      ExternalId(
        'Account whose ledger is returned. With the admin key, omit it for all accounts together; with an API key it must be the account of that key.',
      ),
    ),
  },
  strict,
);
export type LedgerQuery = Static<typeof LedgerQuery>;
