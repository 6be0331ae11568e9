import { Type, type Static } from 'typebox';
import { DEAD_LETTER_REASON_CODES } from '../dead-letter-reasons.ts';
import { allTopics } from '../topics.ts';
import { ExternalId, Nullable, OneOf, strict, Timestamp } from './fields.ts';
import { NextCursor, pageQuery } from './pages.ts';

const DeadLetterReason = OneOf(DEAD_LETTER_REASON_CODES, {
  description: 'Why the record was set aside; the detail view says what to do about it.',
});

const TopicName = OneOf(
  allTopics().map(({ name }) => name),
  { description: 'Where the record was found, without the prefix of the deployment.' },
);

/** A record that was set aside, in the list. */
export const DeadLetterView = Type.Object({
  id: Type.String({
    description: 'Derived from the position and the bytes of the record; log lines name it too.',
  }),
  topic: Type.String({ description: 'Where the record was found.' }),
  partition: Type.Integer(),
  offset: Type.Integer(),
  reason: DeadLetterReason,
  error: Type.String({ description: 'What is wrong with this record.' }),
  account_id: Nullable(Type.String({ description: 'Null where it cannot be read from the record.' })),
  execution_id: Nullable(Type.String({ description: 'Null where it cannot be read from the record.' })),
  value_bytes: Type.Integer({ description: 'Length of the value as it was found.' }),
  is_cut: Type.Boolean({
    description: 'True if only part of its bytes is kept; then it cannot be sent again.',
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
  can_redrive: Type.Boolean({ description: 'Whether it can be sent again as it is.' }),
  failed_at: Timestamp('When it was set aside.'),
  redriven_at: Nullable(Timestamp('When it was sent again.')),
});
export type DeadLetterView = Static<typeof DeadLetterView>;

export const DeadLetterList = Type.Object({
  data: Type.Array(DeadLetterView, { description: 'Newest first.' }),
  next_cursor: NextCursor,
});
export type DeadLetterList = Static<typeof DeadLetterList>;

/** Where a record that was sent again went. */
const RecordPosition = Type.Object({
  topic: Type.String({ description: 'Without the prefix of the deployment.' }),
  partition: Type.Integer(),
  offset: Type.Integer(),
});

export const DeadLetterDetail = Type.Object({
  ...DeadLetterView.properties,
  todo: Type.String({ description: 'What to do about a record with this reason.' }),
  redrive_refusal: Nullable(Type.String({ description: 'Why it cannot be sent again; null if it can.' })),
  redriven_to: Nullable(RecordPosition),
  key_base64: Nullable(Type.String({ description: 'Key of the record; null if it has none.' })),
  event: Type.Unknown({
    description:
      'The decoded event, with the length in place of byte fields; null if no known schema can read the value.',
  }),
  value_base64: Nullable(
    Type.String({ description: 'All bytes that are kept of a value that could not be decoded.' }),
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
    description: 'The dead letter.',
  }),
});

/** Redriving takes no parameters, so any query parameter is refused. */
export const NoQuery = Type.Object({}, strict);

export const DeadLetterQuery = Type.Object(
  {
    topic: Type.Optional(TopicName),
    reason: Type.Optional(DeadLetterReason),
    account_id: Type.Optional(ExternalId('The account, where it can be read from the record.')),
    from: Type.Optional(Timestamp('Set aside at or after this time.')),
    to: Type.Optional(Timestamp('Set aside before this time.')),
    ...pageQuery,
  },
  strict,
);
export type DeadLetterQuery = Static<typeof DeadLetterQuery>;
