/**
 * JSON Schema with the keywords that the REST API uses. The validator in this file adds little to the size of a page.
 * It generates no code, so it works under a Content Security Policy that forbids `eval`. A test compares its results
 * with those of Ajv.
 */
export interface JsonSchema {
  type?: string;
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly JsonSchema[];
  properties?: Readonly<Record<string, JsonSchema>>;
  patternProperties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  additionalProperties?: boolean;
  maxProperties?: number;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  description?: string;
  examples?: readonly unknown[];
  writeOnly?: boolean;
}

interface SchemaProblem {
  /** Path of the field, with dots; empty for the value itself. */
  field: string;
  rule:
    | 'type_string'
    | 'type_number'
    | 'type_integer'
    | 'type_boolean'
    | 'type_object'
    | 'type_array'
    | 'type_null'
    | 'enum'
    | 'required'
    | 'unknown'
    | 'maxProperties'
    | 'minItems'
    | 'maxItems'
    | 'minLength'
    | 'maxLength'
    | 'minimum'
    | 'maximum';
  /** The limit, or the permitted values. */
  limit: string;
}

/** Lists the violations of a schema by a value. Does not check the items of a list that has too few or too many. */
export function schemaProblems(schema: JsonSchema, value: unknown, field = ''): SchemaProblem[] {
  if (schema.anyOf) return anyOfProblems(schema.anyOf, value, field);
  const report = (rule: SchemaProblem['rule'], limit: unknown = ''): SchemaProblem[] => [
    { field, rule, limit: String(limit) },
  ];
  const allowed = schema.enum ?? ('const' in schema ? [schema.const] : undefined);
  if (allowed && !allowed.includes(value)) return report('enum', allowed.join(', '));
  if (schema.type !== undefined && !hasType(value, schema.type)) {
    return report(`type_${schema.type}` as SchemaProblem['rule']);
  }
  if (typeof value === 'string') return textProblems(schema, value, report);
  if (typeof value === 'number') return numberProblems(schema, value, report);
  if (Array.isArray(value)) return listProblems(schema, value, field);
  return typeof value === 'object' && value !== null
    ? objectProblems(schema, value as Record<string, unknown>, field)
    : [];
}

/**
 * Checks alternatives. In all schemas of the API, the second of two alternatives is null, so the first one determines
 * the problems.
 */
function anyOfProblems(schemas: readonly JsonSchema[], value: unknown, field: string): SchemaProblem[] {
  const all = schemas.map((schema) => schemaProblems(schema, value, field));
  return all.some((problems) => problems.length === 0) ? [] : (all[0] ?? []);
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

type Report = (rule: SchemaProblem['rule'], limit?: unknown) => SchemaProblem[];

/** Checks the length of a text in code points, which are the characters of JSON Schema. */
function textProblems({ minLength, maxLength }: JsonSchema, text: string, report: Report): SchemaProblem[] {
  const isNearLimit = maxLength !== undefined && text.length > maxLength;
  const length = isNearLimit || minLength !== undefined ? Array.from(text).length : text.length;
  if (minLength !== undefined && length < minLength) return report('minLength', minLength);
  return maxLength !== undefined && length > maxLength ? report('maxLength', maxLength) : [];
}

function numberProblems({ minimum, maximum }: JsonSchema, value: number, report: Report): SchemaProblem[] {
  if (minimum !== undefined && value < minimum) return report('minimum', minimum);
  return maximum !== undefined && value > maximum ? report('maximum', maximum) : [];
}

function listProblems(schema: JsonSchema, list: readonly unknown[], field: string): SchemaProblem[] {
  const { items, minItems, maxItems } = schema;
  if (minItems !== undefined && list.length < minItems)
    return [{ field, rule: 'minItems', limit: String(minItems) }];
  if (maxItems !== undefined && list.length > maxItems)
    return [{ field, rule: 'maxItems', limit: String(maxItems) }];
  return items ? list.flatMap((item, index) => schemaProblems(items, item, `${field}.${index}`)) : [];
}

function objectProblems(
  schema: JsonSchema,
  object: Readonly<Record<string, unknown>>,
  field: string,
): SchemaProblem[] {
  const { properties = {}, patternProperties = {}, required = [], maxProperties } = schema;
  const path = (name: string): string => (field === '' ? name : `${field}.${name}`);
  const names = Object.keys(object);
  const [pattern] = Object.values(patternProperties);
  const problems: SchemaProblem[] = required
    .filter((name) => !Object.hasOwn(object, name))
    .map((name) => ({ field: path(name), rule: 'required', limit: '' }));
  if (maxProperties !== undefined && names.length > maxProperties)
    problems.push({ field, rule: 'maxProperties', limit: String(maxProperties) });
  for (const name of names) {
    const known = Object.hasOwn(properties, name) ? properties[name] : pattern;
    if (known) problems.push(...schemaProblems(known, object[name], path(name)));
    else if (schema.additionalProperties === false)
      problems.push({ field: path(name), rule: 'unknown', limit: '' });
  }
  return problems;
}
