import type { ContextSchema } from '../fields/context-fields.ts';

/** Samples that the form generates. */
export const SAMPLE_NAMES = ['full', 'empty', 'hostile'] as const;
type OwnSample = (typeof SAMPLE_NAMES)[number];
export type SampleName = OwnSample | 'host';

/** A context from the host. */
export interface HostSample {
  /** Name that is shown to the user, such as the name of the contact. */
  name: string;
  /** Context as the engine would send it. If it is JSON text, the preview keeps the spelling of its numbers. */
  context: Readonly<Record<string, unknown>> | string;
}

/**
 * Text that breaks requests built by concatenating strings. It has quotes, tags, merge fields, emoji and a change of
 * writing direction.
 */
const HOSTILE = '"><img src=x onerror=alert(1)>\'; DROP {{contact.email}} \\" 💥 é \u202Eabc';
/** Maximum numbers of levels below the root, and of values, that are read from a host's schema. */
const MAX_DEPTH = 6;
const MAX_VALUES = 500;

const FULL = {
  contact: {
    id: 'c_1042',
    email: 'grace.hopper@example.com',
    first_name: 'Grace',
    last_name: 'Hopper',
    phone: '+1 202 555 0143',
    company: 'Flow-Matic Inc.',
    tags: ['customer', 'newsletter'],
    custom_fields: { plan: 'pro', seats: 12, 'Company Name': 'Flow-Matic Inc.' },
  },
  workflow: { id: 'wf_7', name: 'Welcome series', variables: { source: 'form' } },
  execution: { id: '0190a5f0-7c1e-7d3a-9c57-3f0d9e2b6a41', step_id: 'step_3' },
  account: { id: 'acc_1', name: 'Example Ltd.' },
};

/**
 * Returns the context of a sample as JSON text. The full sample has the values of `FULL`, and values for the other
 * fields of the host's schema (up to `MAX_DEPTH` and `MAX_VALUES`); the empty sample has none, and in the hostile
 * sample every text is `HOSTILE`.
 */
export function sampleContext(name: OwnSample, schema: ContextSchema | null): string {
  if (name === 'empty') return '{"contact":{},"workflow":{},"execution":{},"account":{}}';
  const full = merged(FULL, schema ? valueOf(schema, { depth: 0, left: { values: MAX_VALUES } }) : undefined);
  return JSON.stringify(name === 'hostile' ? hostile(full) : full);
}

function hostile(value: unknown): unknown {
  if (typeof value === 'string') return HOSTILE;
  if (Array.isArray(value)) return value.map(hostile);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, hostile(one)]));
}

/** Merges two values. `base` takes precedence, and `more` adds what `base` lacks. */
function merged(base: unknown, more: unknown): unknown {
  if (!isObject(base) || !isObject(more)) return base ?? more;
  const names = new Set([...Object.keys(base), ...Object.keys(more)]);
  return Object.fromEntries([...names].map((name) => [name, merged(base[name], more[name])]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns a value for a schema: its first example, its default or its first `enum` value, else a value of its type. */
function valueOf(schema: ContextSchema, at: { depth: number; left: { values: number } }): unknown {
  if (at.depth > MAX_DEPTH || --at.left.values < 0) return undefined;
  const given = schema.examples?.[0] ?? schema.default ?? schema.enum?.[0];
  if (given !== undefined) return given;
  const below = { depth: at.depth + 1, left: at.left };
  if (schema.properties) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, one]) => [name, valueOf(one, below)]),
    );
  }
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type;
  if (type === 'array') return schema.items ? [valueOf(schema.items, below)] : [];
  if (type === 'number' || type === 'integer') return 1;
  if (type === 'boolean') return true;
  return type === 'object' ? {} : (schema.title ?? 'text');
}
