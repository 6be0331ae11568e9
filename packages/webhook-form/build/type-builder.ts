/**
 * Builds the same schemas as TypeBox, as plain JSON, for the few calls that the REST contracts make. Replaces TypeBox
 * in the bundle (see bundle-aliases.ts), which saves about 11 KB (ADR 46). A test compares the schemas that both build.
 */
type Schema = Record<string, unknown>;

const optional = new WeakSet<Schema>();
const typed =
  (type: string) =>
  (options: Schema = {}): Schema => ({ type, ...options });

function object(properties: Readonly<Record<string, Schema>>, options: Schema = {}): Schema {
  const required = Object.keys(properties).filter((name) => !optional.has(properties[name] ?? {}));
  return { type: 'object', ...(required.length > 0 && { required }), properties, ...options };
}

function picked(
  schema: Schema,
  change: (properties: Record<string, Schema>) => Record<string, Schema>,
): Schema {
  const { properties, required: _required, ...options } = schema;
  return object(change({ ...(properties as Record<string, Schema>) }), options);
}

export const Type = {
  Object: object,
  String: typed('string'),
  Number: typed('number'),
  Integer: typed('integer'),
  Boolean: typed('boolean'),
  Null: typed('null'),
  Unknown: (options: Schema = {}): Schema => ({ ...options }),
  Unsafe: (schema: Schema): Schema => ({ ...schema }),
  Array: (items: Schema, options: Schema = {}): Schema => ({ type: 'array', items, ...options }),
  Union: (anyOf: readonly Schema[], options: Schema = {}): Schema => ({ anyOf, ...options }),
  Record: (_key: Schema, value: Schema, options: Schema = {}): Schema => ({
    type: 'object',
    patternProperties: { '^.*$': value },
    ...options,
  }),
  Optional(schema: Schema): Schema {
    const copy = { ...schema };
    optional.add(copy);
    return copy;
  },
  Partial: (schema: Schema): Schema =>
    picked(schema, (properties) =>
      Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, Type.Optional(one)])),
    ),
  Omit: (schema: Schema, names: readonly string[]): Schema =>
    picked(schema, (properties) =>
      Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name))),
    ),
};
