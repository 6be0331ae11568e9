/**
 * The costliest actions that one account may configure, with their requests and responses. An attack in November 2026
 * used them to stop a dispatcher for every account. Each costs CPU in a different place.
 */

/** An action with the context of its requests and the body of its endpoint's responses. */
export interface HostileAction {
  /** Unique; also the last segment of the path of its endpoint. */
  name: string;
  /** Body of the request that creates it, without `url` and `method`. */
  definition: Record<string, unknown>;
  /** Context of its requests, as JSON text. */
  context: string;
  /** Body of its endpoint's responses, whose status is 200. */
  answer: string;
  /** Documented error type of its executions; null: no error. */
  errorType: 'render_error' | null;
  /** Weight among the requests of a load; low for contexts of a megabyte, which cost Kafka more than Hookline. */
  share: number;
}

const SMALL_CONTEXT = JSON.stringify({ contact: { email: 'john@example.com', first_name: 'John' } });
/** Close to the maximum nesting that descendant segments accept (json-p3); deeper nesting fails immediately. */
const NESTING = 45;
const NESTED_EMPTIES = 86_000;
const MAX_MAPPINGS = 100;
const MAX_FIELDS = 100;
const SECRET_CHARS = 6_144;
const ECHO_CHARS = 65_000;
const LONG_NUMBER_DIGITS = 1_000_000;
/** Just below the limit of 1 MiB for a context or a template. */
const LARGE_CHARS = 999_999;
const DEEP_LEVELS = 100_000;

const LIGHT = 3;
const HEAVY = 1;

/** Values of the fields that most entries do not set themselves. */
const usual = { context: SMALL_CONTEXT, answer: '{"ok":true}', errorType: null, share: LIGHT } as const;

/**
 * A bearer secret of one repeated letter, which could start at every position of a response that repeats that letter.
 */
const SECRET_OF_ONE_LETTER = { auth_type: 'bearer', auth_config: { token: 'a'.repeat(SECRET_CHARS) } };

export const HOSTILE_ACTIONS: readonly HostileAction[] = [
  {
    ...usual,
    name: 'descendants',
    definition: { payload_template: { a: 1 }, response_mapping: mappings((i) => `$..x${i}`) },
    answer: `${'['.repeat(NESTING)}${empties(NESTED_EMPTIES)}${']'.repeat(NESTING)}`,
  },
  {
    ...usual,
    name: 'regular-expression',
    definition: { payload_template: { a: 1 }, response_mapping: { found: "$[?match(@.a,'(a|a)*b')]" } },
    answer: JSON.stringify([{ a: 'a'.repeat(ECHO_CHARS) }]),
  },
  {
    ...usual,
    name: 'echoed-secret',
    definition: { payload_template: { a: 1 }, ...SECRET_OF_ONE_LETTER },
    answer: 'a'.repeat(ECHO_CHARS),
  },
  {
    ...usual,
    name: 'mapped-echoes',
    definition: {
      payload_template: { a: 1 },
      ...SECRET_OF_ONE_LETTER,
      response_mapping: mappings(() => '$'),
    },
    // The response does not contain the secret, but nearly matches it at every position.
    answer: JSON.stringify(`${'a'.repeat(SECRET_CHARS - 1)}b`.repeat(ECHO_CHARS / SECRET_CHARS)),
  },
  {
    ...usual,
    name: 'long-number',
    definition: { payload_template: '{"n":{{contact.n}}}' },
    context: `{"contact":{"n":${'9'.repeat(LONG_NUMBER_DIGITS)}}}`,
    errorType: 'render_error',
    share: HEAVY,
  },
  {
    ...usual,
    name: 'long-form',
    definition: { content_kind: 'form', payload_template: 'a&'.repeat(LARGE_CHARS / 3) },
  },
  {
    ...usual,
    name: 'large-template',
    definition: { payload_template: largeTemplate() },
  },
  {
    ...usual,
    name: 'wide-context',
    definition: { payload_template: '{"items":{{workflow.items}}}' },
    context: `{"contact":{},"workflow":{"items":[${empties(LARGE_CHARS / 3)}]}}`,
    share: HEAVY,
  },
  {
    ...usual,
    name: 'deep-context',
    definition: { payload_template: '{"deep":{{workflow.deep}}}' },
    context: `{"contact":{},"workflow":{"deep":${'['.repeat(DEEP_LEVELS)}${']'.repeat(DEEP_LEVELS)}}}`,
    errorType: 'render_error',
    share: HEAVY,
  },
];

/** Fields of definitions that config-api rejects, because only an attacker needs them. */
export const REFUSED_DEFINITIONS: readonly [name: string, fields: Record<string, unknown>][] = [
  ['a deeply nested template', { payload_template: `${'['.repeat(DEEP_LEVELS)}${']'.repeat(DEEP_LEVELS)}` }],
  ['more mappings than allowed', { response_mapping: { ...mappings(() => '$'), more: '$' } }],
  ['a mapping with many descendant segments', { response_mapping: { x: '$..a..b..c' } }],
  ['a mapping with many filters', { response_mapping: { x: `$${"[?match(@,'(a|a)*b')]".repeat(6)}` } }],
  ['a template over 1 MiB', { payload_template: 'x'.repeat(1_048_577) }],
];

/** Returns the body with which the endpoint of a hostile action responds. @throws Error if no action has this name */
export function hostileAnswer(name: string): string {
  const action = HOSTILE_ACTIONS.find((one) => one.name === name);
  if (!action) throw new Error(`there is no hostile action "${name}"`);
  return action.answer;
}

function empties(count: number): string {
  return Array.from({ length: count }, () => '{}').join(',');
}

function mappings(expression: (i: number) => string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: MAX_MAPPINGS }, (_, i) => [`f${i}`, expression(i)]));
}

/** Builds a template with the maximum number of merge fields and a lot of text between them. */
function largeTemplate(): Record<string, string> {
  const filler = 'x'.repeat(LARGE_CHARS / MAX_FIELDS - 100);
  return Object.fromEntries(
    Array.from({ length: MAX_FIELDS }, (_, i) => [`f${i}`, `{{contact.first_name}} ${filler}`]),
  );
}
