import { Type, type Static } from 'typebox';
import { AUTH_TYPES } from '../authentication/kinds.ts';
import { type ContentKind, HTTP_METHODS } from '../events.ts';
import { LIMITS } from '../limits.ts';
import { AuthConfig, AuthView } from './auth-config.ts';
import { ExternalId, Nullable, OneOf, strict, TextMap, Timestamp, Within } from './fields.ts';
import { deliveryChoicesInput, deliveryChoicesShown } from './delivery-choices.ts';
import { NextCursor } from './pages.ts';
import { shownSigningSecret, signingInput, SigningView } from './signing.ts';

/** Limits on the texts and maps in a webhook definition; the ranges of its numbers are in LIMITS. */
const DEFINITION_LIMITS = {
  urlChars: 2_048,
  payloadTemplateBytes: 1_048_576,
  headers: 64,
  mappings: 100,
} as const;

/** Defaults of fields that a definition omits. */
export const DEFINITION_DEFAULTS = { timeoutSeconds: 30, retryMaxAttempts: 3 } as const;

export const CONTENT_KINDS = ['json', 'form', 'text', 'html', 'xml', 'none'] as const satisfies ContentKind[];
export const DEFAULT_CONTENT_KIND: ContentKind = 'json';

/** Values of `store_bodies`: the bodies that the history keeps. Sizes, digests and headers are always kept. */
const STORED_BODIES = ['all', 'none'] as const;
const STORED_BODIES_DESCRIPTION =
  'Bodies that the history keeps. Use none for an endpoint that repeats secrets in an encoding that redaction does not decode.';

/** See ADR 9. */
const CONTENT_KIND_DESCRIPTION =
  'Determines how payload_template is read, how its merge fields are escaped, and which Content-Type is sent unless a header sets one: application/json, application/x-www-form-urlencoded, text/plain, text/html or application/xml; none has no template and no body.';

/** Fields that configure an action. */
export const WebhookActionInput = Type.Object(
  {
    url: Type.String({
      maxLength: DEFINITION_LIMITS.urlChars,
      description: 'http or https; merge fields in path and query only.',
    }),
    method: OneOf(HTTP_METHODS),
    headers: Type.Optional(
      TextMap({
        description:
          'Header names and their value templates. Characters beyond ASCII are sent percent-encoded (UTF-8) unless the webhook chooses another encoding.',
        maxProperties: DEFINITION_LIMITS.headers,
        maxLength: 8_192,
      }),
    ),
    payload_template: Type.Optional(
      Type.Unknown({
        description:
          'json: a JSON value whose strings may contain merge fields, or a string with a JSON template, in which an unquoted field keeps its type. form: an object whose values are strings, numbers, booleans or lists of these (a list repeats its name), or a string with the encoded form (`a={{contact.id}}&b=1`). text, html, xml: a string; in html and xml, merge fields are allowed only in text and in quoted attribute values. Null for no body (R-004). Numbers and the order of keys are kept as sent. Merge fields: `{{contact.email}}`, `{{contact.tags[0]}}`, `{{contact.custom_fields["Company Name"]}}`, with a default `{{contact.first_name|"there"}}`.',
        examples: [{ email: '{{contact.email}}', name: '{{contact.first_name|"there"}}' }],
      }),
    ),
    content_kind: Type.Optional(
      OneOf(CONTENT_KINDS, {
        default: DEFAULT_CONTENT_KIND,
        description: CONTENT_KIND_DESCRIPTION,
      }),
    ),
    auth_type: Type.Optional(OneOf(AUTH_TYPES)),
    auth_config: Type.Optional(AuthConfig),
    ...signingInput,
    timeout_seconds: Type.Optional(
      Within(LIMITS.timeoutSeconds, { default: DEFINITION_DEFAULTS.timeoutSeconds }),
    ),
    retry_enabled: Type.Optional(Type.Boolean({ default: true })),
    retry_max_attempts: Type.Optional(
      Within(LIMITS.retryMaxAttempts, {
        default: DEFINITION_DEFAULTS.retryMaxAttempts,
        description: 'Maximum number of retries after the first call; ignored if retry_schedule is set.',
      }),
    ),
    ...deliveryChoicesInput,
    ssl_verify: Type.Optional(Type.Boolean({ default: true })),
    response_mapping: Type.Optional(
      TextMap({
        description:
          'Targets and the JSONPath expressions (RFC 9535) that extract their values (R-009). Targets: `x`, `contact.custom_fields.x`, `contact.custom_fields["Company Name"]`, `contact.email`, `workflow.x`. Numbers keep the text that they have in the response.',
        maxProperties: DEFINITION_LIMITS.mappings,
        maxLength: 1_024,
      }),
    ),
    endpoint_rate_limit: Type.Optional(
      Nullable(
        Within(LIMITS.endpointRatePerSecond, {
          description: 'Maximum number of calls per second to this endpoint; null for no limit.',
        }),
      ),
    ),
    store_bodies: Type.Optional(
      OneOf(STORED_BODIES, { default: 'all', description: STORED_BODIES_DESCRIPTION }),
    ),
    enabled: Type.Optional(Type.Boolean({ default: true })),
  },
  strict,
);
export type WebhookActionInput = Static<typeof WebhookActionInput>;

/**
 * Pattern of an `external_id`: an id of another system (`EXTERNAL_ID_PATTERN`). A separate check ensures that it is not
 * a UUID.
 */
const ChosenId = ExternalId(
  'An id of your own, for example that of the definition in your repository. It can be used instead of the id in paths, in requests for executions and in test calls; filters need the id. It is unique within the account, cannot be changed and must not be a UUID. The id of the action is derived from it.',
);

/** Body of POST. */
export const CreateWebhookAction = Type.Object(
  { ...WebhookActionInput.properties, external_id: Type.Optional(ChosenId) },
  strict,
);

const ignored = Type.Optional(
  Type.Unknown({ description: 'Ignored; accepted so that the response to a GET can be sent back.' }),
);

/**
 * Body of PUT: the fields of a new action, and the other fields of the response to a GET, so that this response can be
 * sent back. A setting that is omitted is reset to its default, and the warnings name it; authentication and signing,
 * whose secrets cannot be read, are kept.
 */
export const ReplaceWebhookAction = Type.Object(
  {
    ...WebhookActionInput.properties,
    id: Type.Optional(Type.String({ description: 'Cannot be changed.' })),
    external_id: Type.Optional(Nullable(Type.String({ description: 'Cannot be changed.' }))),
    workflow_id: Type.Optional(Type.String({ description: 'Cannot be changed.' })),
    version: ignored,
    revision: ignored,
    based_on: ignored,
    published_version: ignored,
    paused: ignored,
    auth: Type.Optional(
      Type.Object(Type.Partial(AuthView).properties, {
        ...strict,
        description:
          'The object that a GET returned. It applies if the body has no auth_type, or the same one; settings in auth_config take precedence. The stored credential is kept unless auth_config contains a new one.',
      }),
    ),
    signing: Type.Optional(
      Type.Object(
        { enabled: Type.Optional(Type.Boolean()), grace_until: ignored },
        {
          ...strict,
          description: 'The object that a GET returned. It applies if the body has no signing_enabled.',
        },
      ),
    ),
    warnings: ignored,
    created_at: ignored,
    updated_at: ignored,
  },
  {
    ...strict,
    description:
      'Replaces the action. A setting that is omitted is reset to its default, and the warnings in the response name everything that was removed or reset. Without auth_type and auth, the authentication is kept; auth_type none removes it.',
  },
);
export type ReplaceWebhookAction = Static<typeof ReplaceWebhookAction>;

/** Body of PATCH; the resulting action is validated like the body of a PUT. */
export const PatchWebhookAction = Type.Object(
  {},
  {
    description:
      'A JSON merge patch (RFC 7396) of the action: the fields of a PUT that change; all others are kept. Objects are merged (headers, response_mapping, a payload_template that is an object); null removes a member or resets a setting to its default; auth_type null removes the credential.',
  },
);

export const WebhookAction = Type.Object({
  id: Type.String({ description: 'Id of the action.' }),
  external_id: Nullable(ChosenId),
  workflow_id: Type.String(),
  version: Type.Integer({ description: 'Increases with every change.' }),
  url: Type.String(),
  method: OneOf(HTTP_METHODS),
  headers: Type.Record(Type.String(), Type.String()),
  payload_template: Type.Unknown({ description: 'Template as it was submitted; null if there is none.' }),
  content_kind: OneOf(CONTENT_KINDS, { description: CONTENT_KIND_DESCRIPTION }),
  auth: AuthView,
  signing: SigningView,
  timeout_seconds: Type.Number(),
  retry_enabled: Type.Boolean(),
  retry_max_attempts: Type.Integer(),
  ...deliveryChoicesShown,
  ssl_verify: Type.Boolean(),
  response_mapping: Type.Record(Type.String(), Type.String()),
  endpoint_rate_limit: Nullable(Type.Number()),
  store_bodies: OneOf(STORED_BODIES, { description: STORED_BODIES_DESCRIPTION }),
  enabled: Type.Boolean(),
  paused: Type.Boolean({
    description:
      'Whether calls wait, because of POST …/webhook/pause or because the endpoint responded with 410 Gone; only POST …/webhook/resume ends the pause.',
  }),
  warnings: Type.Array(Type.String(), { description: 'Explanations of risky settings, for people.' }),
  created_at: Timestamp('Time at which the action was created.'),
  updated_at: Timestamp('Time at which this version was written.'),
});
export type WebhookAction = Static<typeof WebhookAction>;

/** Response to a change. */
export const SavedWebhookAction = Type.Object({ ...WebhookAction.properties, ...shownSigningSecret });
export type SavedWebhookAction = Static<typeof SavedWebhookAction>;

/** An entry of the list of actions, without the fields that may be large. */
export const WebhookActionSummary = Type.Omit(WebhookAction, [
  'headers',
  'payload_template',
  'response_mapping',
  'warnings',
]);
export type WebhookActionSummary = Static<typeof WebhookActionSummary>;

export const WebhookActionList = Type.Object({
  data: Type.Array(WebhookActionSummary, {
    description:
      'Oldest first, without headers, payload_template, response_mapping and warnings; read the action to get these.',
  }),
  next_cursor: NextCursor,
});
export type WebhookActionList = Static<typeof WebhookActionList>;

export const WorkflowParams = Type.Object({ workflow_id: ExternalId('Id of the workflow.') });
export const ActionParams = Type.Object({
  workflow_id: ExternalId('Id of the workflow.'),
  action_id: ExternalId('Id of the action, or its external_id.'),
});
