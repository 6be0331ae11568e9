import { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import type { JsonSchema } from './schema-check.ts';

export type FieldName = keyof WebhookActionInput;

/** The schema of the API from which fields, bounds, descriptions and checks are derived. */
export const DEFINITION_SCHEMA = WebhookActionInput as unknown as JsonSchema;

/** The part of the form in which each field is shown. The compiler requires an entry for each property of the schema. */
export const FIELD_SECTIONS: Readonly<Record<FieldName, SectionName>> = {
  method: 'request',
  url: 'request',
  headers: 'request',
  content_kind: 'payload',
  payload_template: 'payload',
  auth_type: 'authentication',
  auth_config: 'authentication',
  signing_enabled: 'authentication',
  signing_secret: 'authentication',
  timeout_seconds: 'delivery',
  retry_enabled: 'delivery',
  retry_max_attempts: 'delivery',
  retry_schedule: 'delivery',
  success_on: 'delivery',
  retry_on: 'delivery',
  response_mapping: 'mapping',
  follow_redirects: 'choices',
  resend_on_reset: 'choices',
  header_encoding: 'choices',
  ssl_verify: 'choices',
  endpoint_rate_limit: 'choices',
  store_bodies: 'choices',
  enabled: 'choices',
};

export type SectionName = 'request' | 'payload' | 'authentication' | 'delivery' | 'mapping' | 'choices';

/** Returns the schema of a field, or of a field of `auth_config` (`auth_config.token`), without the alternative of null. */
export function schemaOfField(path: string): JsonSchema {
  let schema: JsonSchema = DEFINITION_SCHEMA;
  for (const name of path.split('.')) schema = withoutNull(schema.properties?.[name] ?? {});
  return schema;
}

function withoutNull(schema: JsonSchema): JsonSchema {
  return schema.anyOf?.find(({ type }) => type !== 'null') ?? schema;
}
