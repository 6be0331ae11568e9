import { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import type { JsonSchema } from './schema-check.ts';

/** The schema of the API from which fields, bounds, descriptions and checks are derived. */
export const DEFINITION_SCHEMA = WebhookActionInput as unknown as JsonSchema;

/** Returns the schema of a field or of an `auth_config` field (`auth_config.token`), without its alternative `null`. */
export function schemaOfField(path: string): JsonSchema {
  let schema: JsonSchema = DEFINITION_SCHEMA;
  for (const name of path.split('.')) schema = withoutNull(schema.properties?.[name] ?? {});
  return schema;
}

function withoutNull(schema: JsonSchema): JsonSchema {
  return schema.anyOf?.find(({ type }) => type !== 'null') ?? schema;
}
