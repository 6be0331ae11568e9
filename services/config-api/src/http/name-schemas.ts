import { canonicalJson } from '@hookline/shared/contracts/canonical-json';

type JsonObject = Record<string, unknown>;

/** The parts of an OpenAPI document that contain schemas. */
interface Document {
  paths?: unknown;
  components?: { schemas?: JsonObject };
}

/** Keywords whose values are data or names, not schemas. */
const NOT_SCHEMAS = new Set(['example', 'examples', 'default', 'enum', 'const', 'required']);

/**
 * Returns an OpenAPI document in which each schema that equals a component is replaced by a reference to it. Schemas
 * are compared instead of being shared between routes, so that validation and serialization are not affected.
 * @param names names of the components to refer to, whose schemas must all differ
 */
export function nameSchemas<T extends Document>(document: T, names: readonly string[]): T {
  const schemas = document.components?.schemas ?? {};
  const nameOf = new Map(names.map((name) => [canonicalJson(schemas[name]), name]));
  if (nameOf.size < names.length) throw new Error('two named schemas are equal; keep only one of the names');
  const insideOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(named);
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(([key, inner]) => [
      key,
      NOT_SCHEMAS.has(key) && !isObject(inner) ? inner : named(inner),
    ]);
    return Object.fromEntries(entries);
  };
  const named = (value: unknown): unknown => {
    const name = isObject(value) ? nameOf.get(canonicalJson(value)) : undefined;
    return name === undefined ? insideOf(value) : { $ref: `#/components/schemas/${name}` };
  };
  const components = Object.entries(schemas).map(([name, schema]) => [name, insideOf(schema)]);
  return {
    ...document,
    paths: named(document.paths),
    components: { ...document.components, schemas: Object.fromEntries(components) },
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
