import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { DEFINITION_SCHEMA } from './definition-schema.ts';
import { type JsonSchema, schemaProblems } from './schema-check.ts';

/**
 * Keywords that `schemaProblems` checks, and keywords that are only descriptive. A test fails if the API uses any other
 * keyword.
 */
const READ_KEYWORDS: readonly string[] = [
  'type',
  'enum',
  'const',
  'anyOf',
  'properties',
  'patternProperties',
  'required',
  'additionalProperties',
  'maxProperties',
  'items',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'default',
  'description',
  'examples',
  'writeOnly',
];

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const plainSchema = JSON.parse(JSON.stringify(DEFINITION_SCHEMA)) as JsonSchema;
const isValid = ajv.compile(plainSchema);

/** Returns a schema and all schemas within it. */
function allSchemas(schema: JsonSchema): JsonSchema[] {
  const below = [
    ...Object.values(schema.properties ?? {}),
    ...Object.values(schema.patternProperties ?? {}),
    ...(schema.anyOf ?? []),
    ...(schema.items ? [schema.items] : []),
  ];
  return [schema, ...below.flatMap(allSchemas)];
}

/** Returns values that are usually valid for the schema, but sometimes just out of range or of another type. */
function near(schema: JsonSchema): fc.Arbitrary<unknown> {
  const wrong = fc.constantFrom<unknown>(null, '', 0, -1, 1.5, true, [], {}, 'x'.repeat(300));
  return fc.oneof({ weight: 8, arbitrary: right(schema) }, { weight: 1, arbitrary: wrong });
}

function right(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(near));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const { minimum = 0, maximum = 10 } = schema;
  switch (schema.type) {
    case 'string':
      return fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('💥'.repeat((schema.maxLength ?? 1) - 1), '💥'.repeat((schema.maxLength ?? 1) + 1)),
      );
    case 'integer':
      return fc.integer({ min: Math.floor(minimum) - 1, max: Math.ceil(maximum) + 1 });
    case 'number':
      return fc.double({ min: minimum - 1, max: maximum + 1, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(near(schema.items ?? {}), { maxLength: (schema.maxItems ?? 3) + 1, size: 'max' });
    case 'object': {
      const [pattern] = Object.values(schema.patternProperties ?? {});
      if (pattern)
        return fc.dictionary(fc.string(), near(pattern), { maxKeys: (schema.maxProperties ?? 3) + 1 });
      const fields = Object.entries(schema.properties ?? {}).map(([name, one]) => [name, near(one)]);
      const record = fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
        requiredKeys: [],
      });
      return fc
        .tuple(record, fc.boolean())
        .map(([value, isExtended]) => (isExtended ? { ...value, unknown: 1 } : value));
    }
    default:
      return fc.json().map((text) => JSON.parse(text) as unknown);
  }
}

describe('the schema check', () => {
  it('supports every keyword that the API uses', () => {
    const used = new Set(allSchemas(plainSchema).flatMap((schema) => Object.keys(schema)));
    expect([...used].filter((keyword) => !READ_KEYWORDS.includes(keyword))).toEqual([]);
  });

  it('accepts and refuses the same values as Ajv', () => {
    fc.assert(
      fc.property(right(plainSchema), (value) => {
        expect([schemaProblems(plainSchema, value).length === 0, value]).toEqual([isValid(value), value]);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [{ method: 'POST' }, [{ field: 'url', rule: 'required', limit: '' }]],
    [
      { url: 'a', method: 'HEAD' },
      [{ field: 'method', rule: 'enum', limit: 'GET, POST, PUT, PATCH, DELETE' }],
    ],
    [
      { url: 'a', method: 'GET', timeout_seconds: 0.5 },
      [{ field: 'timeout_seconds', rule: 'minimum', limit: '1' }],
    ],
    [
      { url: 'a', method: 'GET', retry_schedule: [1, 'x'] },
      [{ field: 'retry_schedule.1', rule: 'type_number', limit: '' }],
    ],
    [
      { url: 'a', method: 'GET', headers: { 'X-A': 1 } },
      [{ field: 'headers.X-A', rule: 'type_string', limit: '' }],
    ],
    [{ url: 'a', method: 'GET', colour: 1 }, [{ field: 'colour', rule: 'unknown', limit: '' }]],
  ])('reports the field and the limit: %j', (value, problems) => {
    expect(schemaProblems(plainSchema, value)).toEqual(problems);
  });
});
