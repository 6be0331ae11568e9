import { Type, type Static } from 'typebox';
import { ExternalId, Nullable, strict } from './fields.ts';
import { WebhookActionInput } from './webhook-actions.ts';
import { WebhookAttempt } from './webhook-executions.ts';

/** Bounds of test calls (SECURITY.md). */
export const TEST_CALL_LIMITS = {
  callsPerMinute: 10,
  inFlight: 2,
  timeoutSeconds: 30,
  sampleDataBytes: 1_048_576,
  /** Merge fields read eight levels; what lies far deeper can only be an attack on those who read it. */
  sampleDataDepth: 32,
} as const;

const sampleObject = (description: string) =>
  Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description }));

const SampleData = Type.Object(
  {
    contact: sampleObject('Such as email, first_name, custom_fields.'),
    workflow: sampleObject('Such as id, name, variables.'),
    execution: sampleObject('Such as id.'),
    account: sampleObject('Such as id, name.'),
  },
  {
    ...strict,
    description:
      'What merge fields read, field by field in place of the built-in sample. A field of the definition that neither holds gets a text made of its name; null leaves it empty. At most 1 MiB of JSON.',
  },
);

/** Body of a test call: a stored definition by its id, or the fields of one as for its creation. */
export const TestCallInput = Type.Object(
  {
    action_id: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Tests this stored action; then no other field of a definition goes with it.',
      }),
    ),
    workflow_id: Type.Optional(
      ExternalId('With action_id: the workflow it must belong to. Without: the workflow.id of the sample.'),
    ),
    sample_data: Type.Optional(SampleData),
    ...Type.Partial(WebhookActionInput).properties,
  },
  {
    ...strict,
    description:
      'Either action_id, or a definition that is not stored, with the fields and checks of its creation: then url and method are required.',
  },
);
export type TestCallInput = Static<typeof TestCallInput>;

/** What came of a test call. A call that fails is an answer too. */
export const TestCallResult = Type.Object({
  success: Type.Boolean({ description: 'Whether the endpoint answered with a 2xx.' }),
  response_status: Nullable(
    Type.Integer({ description: 'HTTP status of the answer; null: there was none.' }),
  ),
  response_time: Type.Integer({
    description: 'Milliseconds from before DNS to the last body byte; 0 where no call was made.',
  }),
  error_type: Nullable(Type.String({ description: 'Error class (R-010).' })),
  error_message: Nullable(Type.String()),
  request: {
    ...WebhookAttempt.properties.request,
    description: 'Exactly what was sent, with credentials masked; null where no request could be built.',
  },
  response: {
    ...WebhookAttempt.properties.response,
    description: 'The answer, its body cut to 10 KiB and a marker; null: there was none.',
  },
  mapped_fields: Type.Record(Type.String(), Type.Unknown(), {
    description: 'What the response mapping picked. It is set nowhere.',
  }),
  mapping_errors: Type.Record(Type.String(), Type.String()),
  warnings: Type.Array(Type.String(), {
    description: 'What is accepted but unwise, and where the test differs.',
  }),
  sample_data: Type.Unknown({ description: 'What the merge fields read.' }),
});
export type TestCallResult = Static<typeof TestCallResult>;
