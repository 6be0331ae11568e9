import { Type, type Static } from 'typebox';
import { ExternalId, Nullable, strict } from './fields.ts';
import { WebhookActionInput } from './webhook-actions.ts';
import { AttemptView } from './webhook-executions.ts';

/** Limits of test calls (docs/design/config-api.md). */
export const TEST_CALL_LIMITS = {
  callsPerMinute: 10,
  inFlight: 2,
  timeoutSeconds: 30,
  sampleDataBytes: 1_048_576,
  /** Merge fields read at most eight levels; data nested much deeper can only be an attack on a parser. */
  sampleDataDepth: 32,
} as const;

const sampleObject = (description: string) =>
  Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description }));

const SampleData = Type.Object(
  {
    contact: sampleObject('For example email, first_name, custom_fields.'),
    workflow: sampleObject('For example id, name, variables.'),
    execution: sampleObject('For example id.'),
    account: sampleObject('For example id, name.'),
  },
  {
    ...strict,
    description:
      'Values for merge fields. Each field given here replaces the one in the built-in sample. If the definition uses a field that is neither given here nor in the sample, it is filled with a placeholder made from its name; null leaves a field empty. At most 1 MiB of JSON.',
  },
);

/** Body of a test call: the id of a stored definition, or the fields of one that is not stored. */
export const TestCallInput = Type.Object(
  {
    action_id: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Id or external_id of the stored action to test; no field of a definition may be sent with it.',
      }),
    ),
    draft: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'With action_id: tests the draft instead of the published definition.',
      }),
    ),
    workflow_id: Type.Optional(
      ExternalId(
        'With action_id: the workflow that the action must belong to. Without it: the workflow.id of the sample.',
      ),
    ),
    sample_data: Type.Optional(SampleData),
    ...Type.Partial(WebhookActionInput).properties,
  },
  {
    ...strict,
    description:
      'Either action_id, or a definition that is not stored, with the same fields and checks as when a webhook is created; in that case url and method are required.',
  },
);
export type TestCallInput = Static<typeof TestCallInput>;

/** Result of a test call, successful or not. */
export const TestCallResult = Type.Object({
  success: Type.Boolean({
    description:
      'Whether the endpoint responded with a status that counts as success: 2xx, or those in success_on.',
  }),
  response_status: Nullable(
    Type.Integer({ description: 'HTTP status of the response; null if there was none.' }),
  ),
  response_time: Type.Integer({
    description: 'Milliseconds from just before the DNS lookup to the last body byte; 0 if no call was made.',
  }),
  error_type: Nullable(Type.String({ description: 'Error class (R-010).' })),
  error_message: Nullable(Type.String()),
  request: {
    ...AttemptView.properties.request,
    description: 'The request exactly as it was sent, with credentials masked; null if none could be built.',
  },
  response: {
    ...AttemptView.properties.response,
    description: 'The response, with its body cut to 10 KiB plus a marker; null if there was none.',
  },
  redirects: AttemptView.properties.redirects,
  mapped_fields: Type.Record(Type.String(), Type.Unknown(), {
    description: 'Values that the response mapping extracted. They are not stored.',
  }),
  mapping_errors: Type.Record(Type.String(), Type.String()),
  warnings: Type.Array(Type.String(), {
    description: 'Risky settings, and differences between the test and an execution.',
  }),
  sample_data: Type.Unknown({ description: 'Values that filled the merge fields.' }),
});
export type TestCallResult = Static<typeof TestCallResult>;
