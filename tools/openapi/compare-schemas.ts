import { type OpenApiDocument, resolveSchema, type Schema } from './document.ts';

/** Direction of the JSON that a schema describes: sent or received by clients. */
export type Direction = 'request' | 'response';

export interface Comparison {
  released: OpenApiDocument;
  current: OpenApiDocument;
  direction: Direction;
}

interface Pair {
  released: Schema;
  current: Schema;
}

/** Keywords that set an upper or a lower bound; in the schema of a request, no bound may become tighter. */
const UPPER = ['maximum', 'maxLength', 'maxItems', 'maxProperties'];
const LOWER = ['minimum', 'minLength', 'minItems', 'minProperties'];
/** Keywords that cannot be compared by size: if one is added or changed, values that were valid may be rejected. */
const EXACT = ['pattern', 'format', 'uniqueItems', 'const'];
/** Schemas nested deeper than this are not compared; no body of this API is nested that deeply. */
const MAX_DEPTH = 30;

/**
 * Lists changes that may break a client of the released schema, as sentences that start with `where`. A request may
 * become more permissive; a response may gain properties and values of an enum, but must not lose any.
 */
export function compareSchemas(context: Comparison, pair: Pair, where: string, depth = 0): string[] {
  if (depth > MAX_DEPTH) return [];
  const released = branches(context.released, pair.released);
  const current = branches(context.current, pair.current);
  const problemsOf = (one: Schema, other: Schema): string[] =>
    compareBranch(context, { released: one, current: other }, where, depth);
  const [left, right] = context.direction === 'request' ? [released, current] : [current, released];
  return left.flatMap((branch) => {
    const all = right.map((other) =>
      context.direction === 'request' ? problemsOf(branch, other) : problemsOf(other, branch),
    );
    // Reports only the problems with the most similar alternative, which has the fewest.
    return all.toSorted((a, b) => a.length - b.length)[0] ?? [];
  });
}

/** Returns the alternatives of a schema: those of `anyOf` and of a list of types. */
function branches(document: OpenApiDocument, schema: Schema): Schema[] {
  const resolved = resolveSchema(document, schema);
  if (resolved.anyOf) return resolved.anyOf.flatMap((inner) => branches(document, inner));
  if (Array.isArray(resolved.type)) return resolved.type.map((type) => ({ ...resolved, type }));
  return [resolved];
}

function compareBranch(context: Comparison, pair: Pair, where: string, depth: number): string[] {
  const { released, current } = pair;
  if (released.type !== current.type && !accepts(context.direction, pair)) {
    return [`${where}: the type ${nameOf(released)} became ${nameOf(current)}`];
  }
  const inside = (name: string, one: Schema, other: Schema): string[] =>
    compareSchemas(context, { released: one, current: other }, `${where}.${name}`, depth + 1);
  return [
    ...enumProblems(pair, where),
    ...(context.direction === 'request' ? boundProblems(pair, where) : []),
    ...requiredProblems(context, pair, where),
    ...Object.entries(released.properties ?? {}).flatMap(([name, property]) => {
      const now = current.properties?.[name];
      if (now) return inside(name, property, now);
      const allowed = context.direction === 'request' && current.additionalProperties !== false;
      return allowed ? [] : [`${where}: the property "${name}" was removed`];
    }),
    ...(released.items && current.items ? inside('[]', released.items, current.items) : []),
    ...mapProblems(pair, where, inside),
  ];
}

/**
 * Returns whether clients keep working with a changed type: a request may widen, a response may narrow; without a type,
 * a schema accepts everything.
 */
function accepts(direction: Direction, { released, current }: Pair): boolean {
  if (direction === 'request') {
    return current.type === undefined || (released.type === 'integer' && current.type === 'number');
  }
  return released.type === undefined || (released.type === 'number' && current.type === 'integer');
}

function enumProblems({ released, current }: Pair, where: string): string[] {
  if (!current.enum) return [];
  if (!released.enum) return [`${where}: any value was possible, now only ${current.enum.join(', ')}`];
  const lost = released.enum.filter((value) => !current.enum?.includes(value));
  return lost.length > 0 ? [`${where}: the value ${lost.join(', ')} was removed`] : [];
}

function boundProblems({ released, current }: Pair, where: string): string[] {
  const number = (schema: Schema, keyword: string, absent: number): number =>
    typeof schema[keyword] === 'number' ? schema[keyword] : absent;
  const tighter = [
    ...UPPER.filter((key) => number(current, key, Infinity) < number(released, key, Infinity)),
    ...LOWER.filter((key) => number(current, key, -Infinity) > number(released, key, -Infinity)),
    ...EXACT.filter((key) => current[key] !== undefined && current[key] !== released[key]),
  ];
  const shown = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
  return tighter.map((key) => `${where}: ${key} was ${shown(released[key])}, now ${shown(current[key])}`);
}

function requiredProblems({ direction }: Comparison, { released, current }: Pair, where: string): string[] {
  const before = released.required ?? [];
  const now = current.required ?? [];
  if (direction === 'request') {
    const added = now.filter((name) => !before.includes(name));
    return added.map((name) => `${where}: the property "${name}" became required`);
  }
  return before
    .filter((name) => !now.includes(name) && current.properties?.[name])
    .map((name) => `${where}: the property "${name}" may now be missing`);
}

/** Compares the schemas of map values, and checks whether an object still accepts unknown properties. */
function mapProblems(
  { released, current }: Pair,
  where: string,
  inside: (name: string, one: Schema, other: Schema) => string[],
): string[] {
  const [one, other] = [released.additionalProperties, current.additionalProperties];
  if (typeof one === 'object' && typeof other === 'object') return inside('*', one, other);
  return other === false && one !== false && one !== undefined
    ? [`${where}: further properties are no longer possible`]
    : [];
}

function nameOf({ type }: Schema): string {
  return type === undefined ? '"any"' : `"${String(type)}"`;
}
