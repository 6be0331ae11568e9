import { Type, type Static } from 'typebox';
import { DEAD_LETTER_REASON_CODES } from '../dead-letter-reasons.ts';
import { allTopics } from '../topics.ts';
import { ExternalId, Nullable, OneOf, strict, Timestamp } from './fields.ts';
import { NextCursor, pageQuery } from './pages.ts';

const DeadLetterReason = OneOf(DEAD_LETTER_REASON_CODES, {
  description: 'Reason why the record was dead-lettered; the detail view explains what to do about it.',
});

const TopicName = OneOf(
  allTopics().map(({ name }) => name),
  { description: 'Topic of the record, without the prefix of the deployment.' },
);

/** A dead letter in the list. */
export const DeadLetterView = Type.Object({
  id: Type.String({
    description: 'Derived from the position and the bytes of the record; log lines contain it too.',
  }),
  topic: Type.String({ description: 'Topic of the record.' }),
  partition: Type.Integer(),
  offset: Type.Integer(),
  reason: DeadLetterReason,
  error: Type.String({ description: 'Problem that was found in this record.' }),
  account_id: Nullable(Type.String({ description: 'Null if it cannot be read from the record.' })),
  execution_id: Nullable(Type.String({ description: 'Null if it cannot be read from the record.' })),
  value_bytes: Type.Integer({ description: 'Length of the original value in bytes.' }),
  is_cut: Type.Boolean({
    description: 'Whether only part of the key or the value is stored; if so, the record cannot be redriven.',
  }),
  preview: Nullable(
    Type.Object(
      {
        encoding: OneOf(['json', 'base64'] as const, {
          description: 'json: the beginning of the decoded event; base64: the beginning of the bytes.',
        }),
        text: Type.String(),
        truncated: Type.Boolean(),
      },
      { description: 'The beginning of the value (1 KiB); null if the record has no value.' },
    ),
  ),
  can_redrive: Type.Boolean({ description: 'Whether the record can be redriven.' }),
  failed_at: Timestamp('Time at which the record was dead-lettered.'),
  redriven_at: Nullable(Timestamp('Time at which the record was redriven.')),
});
export type DeadLetterView = Static<typeof DeadLetterView>;

export const DeadLetterList = Type.Object({
  data: Type.Array(DeadLetterView, { description: 'Newest first.' }),
  next_cursor: NextCursor,
});
export type DeadLetterList = Static<typeof DeadLetterList>;

/** Position of the record that a redrive published. */
const RecordPosition = Type.Object({
  topic: Type.String({ description: 'Topic, without the prefix of the deployment.' }),
  partition: Type.Integer(),
  offset: Type.Integer(),
});

export const DeadLetterDetail = Type.Object({
  ...DeadLetterView.properties,
  todo: Type.String({ description: 'Advice on what to do about a record with this reason.' }),
  redrive_refusal: Nullable(
    Type.String({ description: 'Reason why the record cannot be redriven; null if it can.' }),
  ),
  redriven_to: Nullable(RecordPosition),
  key_base64: Nullable(Type.String({ description: 'Key of the record; null if it has none.' })),
  event: Type.Unknown({
    description:
      'The decoded event, with byte fields replaced by their length; null if no known schema can read the value.',
  }),
  value_base64: Nullable(
    Type.String({ description: 'All stored bytes of a value that could not be decoded.' }),
  ),
});
export type DeadLetterDetail = Static<typeof DeadLetterDetail>;

export const RedrivenDeadLetter = Type.Object({
  id: Type.String(),
  ...RecordPosition.properties,
});
export type RedrivenDeadLetter = Static<typeof RedrivenDeadLetter>;

export const DeadLetterParams = Type.Object({
  id: Type.String({
    pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
    description: 'Id of the dead letter.',
  }),
});

/** Redriving takes no parameters, so any query parameter is rejected. */
export const NoQuery = Type.Object({}, strict);

export const DeadLetterQuery = Type.Object(
  {
    topic: Type.Optional(TopicName),
    reason: Type.Optional(DeadLetterReason),
    account_id: Type.Optional(ExternalId('The account, if it can be read from the record.')),
    from: Type.Optional(Timestamp('Dead-lettered at or after this time.')),
    to: Type.Optional(Timestamp('Dead-lettered before this time.')),
    ...pageQuery,
  },
  strict,
);
export type DeadLetterQuery = Static<typeof DeadLetterQuery>;
