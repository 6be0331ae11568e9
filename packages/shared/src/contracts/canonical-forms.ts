/**
 * Canonical forms of a schema as Avro libraries actually write them. The specification (Avro 1.12, "Transforming into
 * Parsing Canonical Form") reduces `{"type":"long","logicalType":"timestamp-millis"}` to `"long"`; several libraries
 * stop earlier, so their records identify the same schema by a different fingerprint. The only difference that matters
 * here is how a library writes a primitive or `fixed` with annotations.
 */

/**
 * The forms, named after the libraries that write them. `canonical-forms.test.ts` contains fingerprints that each
 * library computed.
 */
export const DIALECTS = ['specification', 'avro-python', 'avro-rust', 'goavro', 'hamba'] as const;
export type Dialect = (typeof DIALECTS)[number];

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Attributes = Record<string, Json>;

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

/** Logical types for which goavro 2.15 has codecs, besides decimals. */
const TIMES = new Set([
  'int.date',
  'int.time-millis',
  'long.time-micros',
  'long.timestamp-millis',
  'long.timestamp-micros',
]);
/** Further logical types that hamba/avro 2.31 and apache-avro 0.22 support. */
const FURTHER = new Set(['string.uuid', 'long.local-timestamp-millis', 'long.local-timestamp-micros']);

/** Returns which attributes of a primitive a dialect keeps; null if the dialect writes only the name. */
type KeepOfPrimitive = (type: string, annotations: Attributes) => Attributes | null;

const KEEP_OF_PRIMITIVE: Record<Dialect, KeepOfPrimitive> = {
  specification: () => null,
  'avro-python': (_, annotations) => (Object.keys(annotations).length > 0 ? {} : null),
  'avro-rust': (type, annotations) => {
    const name = logicalName(type, annotations);
    if (name === 'bytes.decimal') return scaleOf(annotations);
    return TIMES.has(name) || FURTHER.has(name) || name.endsWith('-nanos') ? {} : null;
  },
  // Before goavro computes the form, it drops a logical type without a codec, but keeps other attributes.
  goavro: (type, annotations) => {
    const { logicalType: _name, ...others } = annotations;
    return TIMES.has(logicalName(type, annotations)) || Object.keys(others).length > 0 ? {} : null;
  },
  hamba: (type, annotations) => {
    const name = logicalName(type, annotations);
    return name === 'bytes.decimal' || TIMES.has(name) || FURTHER.has(name) ? logicalOf(annotations) : null;
  },
};

/** Attributes that a dialect adds after the size of a `fixed`. */
const KEEP_OF_FIXED: Record<Dialect, (annotations: Attributes) => Attributes> = {
  specification: () => ({}),
  'avro-python': () => ({}),
  'avro-rust': (annotations) =>
    logicalName('fixed', annotations) === 'fixed.decimal' ? scaleOf(annotations) : {},
  goavro: () => ({}),
  hamba: (annotations) =>
    ['fixed.decimal', 'fixed.duration'].includes(logicalName('fixed', annotations))
      ? logicalOf(annotations)
      : {},
};

/** Returns a name such as `long.timestamp-millis`; an empty text for a type without a logical type. */
function logicalName(type: string, { logicalType }: Attributes): string {
  return typeof logicalType === 'string' ? `${type}.${logicalType}` : '';
}

function scaleOf({ precision, scale }: Attributes): Attributes {
  return { precision: precision ?? 0, scale: scale ?? 0 };
}

/** Keeps the logical type and its numbers, but omits a scale of 0, as hamba does. */
function logicalOf({ logicalType = null, precision, scale }: Attributes): Attributes {
  if (logicalType !== 'decimal') return { logicalType };
  return { logicalType, precision: precision ?? 0, ...(scale ? { scale } : {}) };
}

/**
 * Returns the canonical form of a schema in each dialect.
 * @param schemaJson JSON text of a valid Avro schema
 * @throws Error if the text is not JSON, or is obviously not a schema; the schema is not validated completely
 */
export function canonicalForms(schemaJson: string): Record<Dialect, string> {
  const schema = JSON.parse(schemaJson) as Json;
  const forms = DIALECTS.map((dialect) => [dialect, JSON.stringify(canonical(schema, '', dialect))]);
  return Object.fromEntries(forms) as Record<Dialect, string>;
}

/** @param namespace namespace of the enclosing named type; empty if there is none */
function canonical(schema: Json, namespace: string, dialect: Dialect): Json {
  if (typeof schema === 'string') return PRIMITIVES.has(schema) ? schema : fullName(schema, namespace);
  if (Array.isArray(schema)) return schema.map((branch) => canonical(branch, namespace, dialect));
  if (typeof schema !== 'object' || schema === null)
    throw new Error('part of the schema is not a name, a list or an object');
  const { type = null } = schema;
  if (typeof type !== 'string') return canonical(type, namespace, dialect);
  if (PRIMITIVES.has(type)) return canonicalPrimitive(type, schema, dialect);
  switch (type) {
    case 'array':
      return { type, items: canonical(schema['items'] ?? null, namespace, dialect) };
    case 'map':
      return { type, values: canonical(schema['values'] ?? null, namespace, dialect) };
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return canonicalNamed(schema, namespace, dialect);
    default:
      return fullName(type, namespace);
  }
}

function canonicalPrimitive(
  type: string,
  { type: _type, ...annotations }: Attributes,
  dialect: Dialect,
): Json {
  const kept = KEEP_OF_PRIMITIVE[dialect](type, annotations);
  return kept === null ? type : { type, ...kept };
}

/** Writes the attributes in the order of the specification. */
function canonicalNamed(schema: Attributes, enclosing: string, dialect: Dialect): Json {
  const { type = null, name: given, namespace = enclosing } = schema;
  if (typeof given !== 'string' || typeof namespace !== 'string')
    throw new Error('a named type in the schema has no name');
  const name = fullName(given, namespace);
  const head = { name, type };
  if (type === 'enum') return { ...head, symbols: schema['symbols'] ?? null };
  if (type === 'fixed') return { ...head, size: schema['size'] ?? null, ...KEEP_OF_FIXED[dialect](schema) };
  const inner = name.slice(0, Math.max(0, name.lastIndexOf('.')));
  const fields = (schema['fields'] as { name: string; type: Json }[]).map((field) => ({
    name: field.name,
    type: canonical(field.type, inner, dialect),
  }));
  return { ...head, fields };
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}
