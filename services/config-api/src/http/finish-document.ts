import { NAMED_SCHEMAS } from './named-schemas.ts';
import { nameSchemas } from './name-schemas.ts';
import { SCHEMA_EXAMPLES } from './openapi-examples.ts';

type JsonObject = Record<string, unknown>;

/** Completes the document that Swagger generated from the routes: names of schemas and examples. */
export function finishDocument<T extends { paths?: unknown; components?: object }>(document: T): T {
  const named = nameSchemas(document, Object.keys(NAMED_SCHEMAS));
  return { ...named, components: withExamples(named.components ?? {}) };
}

function withExamples(components: { schemas?: JsonObject }): object {
  const schemas = Object.entries(components.schemas ?? {}).map(([name, schema]) => {
    const example = SCHEMA_EXAMPLES[name];
    return [name, example === undefined ? schema : { ...(schema as object), examples: [example] }];
  });
  return { ...components, schemas: Object.fromEntries(schemas) };
}
