import { NAMED_SCHEMAS } from './named-schemas.ts';
import { nameSchemas } from './name-schemas.ts';
import { SCHEMA_EXAMPLES } from './openapi-examples.ts';

type JsonObject = Record<string, unknown>;

/** Description that Swagger gives to a response without a description. */
const NO_DESCRIPTION = 'Default Response';

interface Operation {
  parameters?: { in: string; name: string }[];
  responses?: Record<string, object>;
}

/** Headers that hooks add to the successful responses of every operation that has `parameter`. */
const HOOKED_HEADERS: readonly { parameter: string; headers: object }[] = [
  {
    parameter: 'idempotency-key',
    headers: {
      'Idempotent-Replayed': {
        description: '`true` if this is the response of an earlier request with the same Idempotency-Key.',
        schema: { type: 'string' },
      },
    },
  },
  {
    parameter: 'cursor',
    headers: {
      Link: {
        description: 'Links to the first, next and previous page, if they exist (RFC 8288).',
        schema: { type: 'string' },
      },
    },
  },
];

/**
 * Completes the document that Swagger generated from the routes. Adds names of schemas, examples, and the headers that
 * hooks add to responses.
 */
export function finishDocument<T extends { paths?: object; components?: object }>(document: T): T {
  const named = nameSchemas(document, Object.keys(NAMED_SCHEMAS));
  return { ...named, paths: withHeaders(named.paths), components: withExamples(named.components ?? {}) };
}

function withExamples(components: { schemas?: JsonObject }): object {
  const schemas = Object.entries(components.schemas ?? {}).map(([name, schema]) => {
    const example = SCHEMA_EXAMPLES[name];
    return [name, example === undefined ? schema : { ...(schema as object), examples: [example] }];
  });
  return { ...components, schemas: Object.fromEntries(schemas) };
}

function withHeaders(paths: object | undefined): object {
  return mapValues(paths ?? {}, (methods) => mapValues(methods, (operation) => withHeadersOf(operation)));
}

function withHeadersOf(operation: Operation): Operation {
  const { parameters = [] } = operation;
  const responses = mapValues(operation.responses ?? {}, described) as Record<string, object>;
  const headers = HOOKED_HEADERS.filter(({ parameter }) => parameters.some(({ name }) => name === parameter));
  if (headers.length === 0) return { ...operation, responses };
  const added = Object.assign({}, ...headers.map((each) => each.headers)) as object;
  const withAdded = Object.entries(responses).map(([status, response]) => [
    status,
    status.startsWith('2') ? { ...response, headers: added } : response,
  ]);
  return { ...operation, responses: Object.fromEntries(withAdded) as Record<string, object> };
}

function described(response: object): object {
  return 'description' in response && response.description === NO_DESCRIPTION
    ? { ...response, description: 'Success' }
    : response;
}

function mapValues(object: object, change: (value: object) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value as object)]));
}
