import type { Operation, Schema } from './operations.ts';

/** Objects of one account that another account must not reach. */
export interface Planted {
  /** Text that occurs in the data of the objects but not in `path` and `fields`, whose values a response may repeat. */
  marker: string;
  /** Ids and names in paths, by the first part of the path and the parameter, such as `webhook-executions.id`. */
  path: Readonly<Record<string, string>>;
  /** Values of query parameters and of body fields that select the objects. */
  fields: Readonly<Record<string, string>>;
  /** Idempotency-Key of POST requests that created some of the objects. */
  idempotencyKey: string;
}

export interface Attack {
  name: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
  /** Whether a filter was added to the query; the response may then contain rows of the attacker, or be a 422. */
  isFilter: boolean;
}

/** Query parameters and fields that do not name an object of an account. */
const HARMLESS = new Set(['limit', 'cursor', 'topic', 'reason', 'client_id', 'external_id', 'with']);
const ID = /(?:^|_)id$|^endpoint$/;

/** Builds the path of an operation with the ids of the planted objects. */
export function pathOf({ name, path }: Operation, planted: Planted): string {
  const [first = ''] = path.replace(/^\/api\/v1\//, '').split('/');
  return path.replaceAll(/\{(\w+)\}/g, (_text, parameter: string) => {
    const value = planted.path[`${first}.${parameter}`];
    if (value === undefined) throw missing(name, `the path parameter "${first}.${parameter}"`);
    return encodeURIComponent(value);
  });
}

/**
 * Lists the requests with which another account may try to reach the planted objects through one operation. Each has
 * the ids in the path and, if the operation accepts one, an ETag. The first also has the Idempotency-Key; the others
 * have an id in one query parameter or one field of the body.
 * @throws Error if the operation has an id for which nothing is planted
 */
export function attacksOn(operation: Operation, planted: Planted): Attack[] {
  const path = pathOf(operation, planted);
  const etag = has(operation, 'if-match') ? { 'if-match': '"1"' } : {};
  const attack = (name: string, changes: Partial<Attack>): Attack => ({
    name,
    path,
    headers: etag,
    body: operation.body?.examples?.[0],
    isFilter: false,
    ...changes,
  });
  const queries = filters(operation).map((name) => {
    const value = encodeURIComponent(fieldOf(operation, planted, name));
    return attack(`${name} in the query`, {
      path: `${path}?${name}=${value}${timeRange(operation)}`,
      isFilter: true,
    });
  });
  const bodies = idsIn(operation.body).map((field) =>
    attack(`${field.join('.')} in the body`, { body: bodyWith(operation, planted, field) }),
  );
  const key = has(operation, 'idempotency-key') ? { 'idempotency-key': planted.idempotencyKey } : {};
  return [attack('as it is', { headers: { ...etag, ...key } }), ...queries, ...bodies];
}

function has({ parameters }: Operation, header: string): boolean {
  return parameters.some(({ in: place, name }) => place === 'header' && name.toLowerCase() === header);
}

/**
 * Returns the names of query parameters that may contain an id or a name, because they are free text: not times,
 * numbers, booleans or enumerated values.
 */
function filters({ parameters }: Operation): string[] {
  return parameters
    .filter(({ in: place, name, schema }) => place === 'query' && !HARMLESS.has(name) && isFreeText(schema))
    .map(({ name }) => name);
}

function isFreeText({ type, format, enum: values }: Schema): boolean {
  return !values && format !== 'date-time' && !['integer', 'number', 'boolean'].includes(type ?? '');
}

/** Builds a time range for lists that search only within a time range. */
function timeRange({ parameters }: Operation): string {
  const names = parameters.map(({ name }) => name);
  if (!names.includes('from') || !names.includes('to')) return '';
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  return `&from=${at(-86_400_000)}&to=${at(86_400_000)}`;
}

/** Returns the fields of a body that contain an id, including those one level deeper, as in a filter. */
function idsIn(schema: Schema | null): string[][] {
  return propertiesOf(schema).flatMap(([name, property]) => {
    if (isId(name)) return [[name]];
    return propertiesOf(property)
      .filter(([inner]) => isId(inner))
      .map(([inner]) => [name, inner]);
  });
}

function isId(name: string): boolean {
  return ID.test(name) && !HARMLESS.has(name);
}

function propertiesOf(schema: Schema | null): [string, Schema][] {
  const object = schema?.anyOf?.find(({ properties }) => properties) ?? schema;
  return Object.entries(object?.properties ?? {});
}

/**
 * Builds a body with the required fields of the example and one field with a foreign id. If the body may name an
 * action, includes the planted action too, because other fields make sense only with an action.
 */
function bodyWith(operation: Operation, planted: Planted, field: readonly string[]): object {
  const { body: schema } = operation;
  const value = fieldOf(operation, planted, field.at(-1) ?? '');
  const example = (schema?.examples?.[0] ?? {}) as Record<string, unknown>;
  const required = Object.fromEntries((schema?.required ?? []).map((name) => [name, example[name]]));
  const [first = '', inner] = field;
  const action = schema?.properties?.['action_id'] ? { action_id: planted.fields['action_id'] } : {};
  return { ...required, ...action, [first]: inner === undefined ? value : { [inner]: value } };
}

function fieldOf({ name }: Operation, planted: Planted, field: string): string {
  const value = planted.fields[field];
  if (value === undefined) throw missing(name, `the field "${field}"`);
  return value;
}

function missing(operation: string, what: string): Error {
  return new Error(
    `${operation}: nothing is planted for ${what}; add it in testing/tenants/plant.ts, so that the matrix covers the operation`,
  );
}
