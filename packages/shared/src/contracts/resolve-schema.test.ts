/**
 * Resolves the schemas of other producers according to Avro 1.12: by the branch that was written, and by unqualified
 * names. Pure.
 */
import { describe, expect, it } from '@jest/globals';
import { fullEvents } from '@hookline/testkit/full-events';
import { parseSchema } from './avro-types.ts';
import { decodeEvent, encodeEvent, schemaFingerprint } from './event-codec.ts';
import type { WebhookRequested } from './events.ts';
import { publishedSchemas } from './schema-catalogue.ts';

type Json = string | Json[] | { [name: string]: unknown };
interface RecordSchema {
  [name: string]: unknown;
  fields: { name: string; type: Json; default?: unknown }[];
}

const sample = fullEvents().WebhookRequested;

/** Returns the newest schema of WebhookRequested, changed as a foreign producer might. */
function requestedSchema(change: (schema: RecordSchema) => object): string {
  return JSON.stringify(
    change(JSON.parse(publishedSchemas('WebhookRequested').at(-1) ?? '') as RecordSchema),
  );
}

function withTypes(types: Record<string, Json>): (schema: RecordSchema) => RecordSchema {
  return (schema) => ({
    ...schema,
    fields: schema.fields.map((field) => {
      const type = types[field.name];
      return type === undefined ? field : { name: field.name, type };
    }),
  });
}

/** Encodes a value with a foreign schema and decodes it as WebhookRequested. */
function exchange(schemaJson: string, value: object): WebhookRequested {
  const datum = parseSchema(schemaJson).toBuffer(value);
  const fingerprint = Buffer.from(schemaFingerprint(schemaJson), 'hex').reverse();
  const bytes = Buffer.concat([Buffer.from([0xc3, 1]), fingerprint, datum]);
  return { ...decodeEvent('WebhookRequested', bytes, () => schemaJson) };
}

const TIME = { type: 'long', logicalType: 'timestamp-millis' };

describe("a union in the writer's schema", () => {
  it.each<[string, Record<string, Json>]>([
    ['context', { context: ['null', 'string'] }],
    ['context, null last', { context: ['string', 'null'] }],
    ['requestedAt', { requestedAt: ['null', 'long'] }],
    ['requestedAt with its logical type', { requestedAt: ['null', TIME] }],
    ['values of metadata', { metadata: { type: 'map', values: ['null', 'string'] } }],
    ['metadata itself', { metadata: ['null', { type: 'map', values: ['null', 'string'] }] }],
    ['every id', { executionId: ['null', 'string'], accountId: ['null', 'string'], actionId: ['string'] }],
    ['a field that is nullable here too', { stepId: ['string', 'null'], notBefore: [TIME, 'null'] }],
    ['a field with a branch of another kind', { stepId: ['null', 'boolean', 'string'] }],
  ])('F10 is read by the branch that was written: %s', (_, types) => {
    expect(exchange(requestedSchema(withTypes(types)), sample)).toEqual(sample);
  });

  it('F10 is read in a nested record', () => {
    const policy = {
      type: 'record',
      name: 'RetryPolicy',
      fields: [
        { name: 'maxRetries', type: ['null', 'int'] },
        { name: 'baseMs', type: ['null', 'int', 'long'] },
        { name: 'factor', type: ['null', 'float'] },
      ],
    };
    const schemaJson = requestedSchema(withTypes({ retryPolicy: policy }));
    const value = { ...sample, retryPolicy: { maxRetries: 2, baseMs: { int: 700 }, factor: 1.5 } };
    expect({ ...exchange(schemaJson, value).retryPolicy }).toEqual({
      maxRetries: 2,
      baseMs: 700,
      factor: 1.5,
    });
  });

  it('F10 is read if it is the whole schema', () => {
    const schemaJson = requestedSchema((schema) => [
      { type: 'record', name: 'Other', fields: [] },
      { ...schema },
    ]);
    expect(exchange(schemaJson, { 'hookline.events.WebhookRequested': sample })).toEqual(sample);
  });

  it.each(['context', 'requestedAt', 'accountId'])(
    'F10 is rejected for a null in %s, with an error that names the field',
    (name) => {
      const schemaJson = requestedSchema(
        withTypes({ [name]: ['null', name === 'requestedAt' ? 'long' : 'string'] }),
      );
      expect(() => exchange(schemaJson, { ...sample, [name]: null })).toThrow(
        expect.objectContaining({
          code: 'malformed_datum',
          message: expect.stringMatching(`${name}: null was written where (string|long) is read`),
        }),
      );
    },
  );

  it('is rejected permanently if no branch can be read', () => {
    const schemaJson = requestedSchema(withTypes({ context: ['null', 'boolean'] }));
    expect(() => exchange(schemaJson, { ...sample, context: null })).toThrow(
      expect.objectContaining({ code: 'incompatible_schema' }),
    );
  });
});

describe("a name in the writer's schema", () => {
  it.each([
    ['another namespace', (schema: RecordSchema) => ({ ...schema, namespace: 'com.acme.engine' })],
    ['no namespace', ({ namespace: _namespace, ...schema }: RecordSchema) => schema],
    ['a full name', (schema: RecordSchema) => ({ ...schema, name: 'com.acme.WebhookRequested' })],
  ])('F11 is matched without its namespace: %s', (_, change) => {
    expect(exchange(requestedSchema(change), sample)).toEqual(sample);
  });

  it('F11 is matched without its namespace in a nested record', () => {
    const nested = (schema: RecordSchema): object =>
      JSON.parse(JSON.stringify(schema).replace('"RetryPolicy"', '"org.acme.retries.RetryPolicy"')) as object;
    const schemaJson = requestedSchema(nested);
    expect(schemaJson).toContain('org.acme.retries');
    expect(exchange(schemaJson, sample)).toEqual(sample);
  });

  it('F10 F11 is matched without its namespace even if fields are nullable, new or in another order', () => {
    const schemaJson = requestedSchema((schema) => {
      const changed = withTypes({ context: ['null', 'string'], requestedAt: ['null', 'long'] })(schema);
      const trace = { name: 'trace', type: { type: 'array', items: ['null', 'string'] } };
      return { ...changed, namespace: 'com.acme', fields: [trace, ...changed.fields.toReversed()] };
    });
    expect(exchange(schemaJson, { ...sample, trace: ['a', null] })).toEqual(sample);
  });

  it('is rejected if its unqualified part differs', () => {
    const schemaJson = requestedSchema((schema) => ({ ...schema, name: 'com.acme.OrderPlaced' }));
    expect(() => exchange(schemaJson, sample)).toThrow(
      expect.objectContaining({
        code: 'incompatible_schema',
        message: expect.stringContaining('record com.acme.OrderPlaced was written where record'),
      }),
    );
  });
});

describe('a deliberately costly schema', () => {
  /**
   * Nested records, each with 20 fields whose type is the next record; the innermost has 20 nulls. A record of depth
   * ten contains more than 20^10 values, but its encoding is empty.
   */
  function nested(depth: number): object {
    const inner = depth === 0 ? 'null' : nested(depth - 1);
    const fields = Array.from({ length: 20 }, (_, index) => ({
      name: `f${index}`,
      type: index === 0 || depth === 0 ? inner : `R${depth - 1}`,
    }));
    return { type: 'record', name: `R${depth}`, fields };
  }

  it.each([
    ['as a field', (record: object) => record],
    ['in an array', (record: object) => ({ type: 'array', items: record })],
  ])('is rejected once a bounded number of values has been read: %s', (_, place) => {
    const schemaJson = requestedSchema((schema) => ({
      ...schema,
      fields: [{ name: 'bomb', type: place(nested(10)) }, ...schema.fields],
    }));
    const fingerprint = Buffer.from(schemaFingerprint(schemaJson), 'hex').reverse();
    const datum = encodeEvent('WebhookRequested', sample).subarray(10);
    const bytes = Buffer.concat([Buffer.from([0xc3, 1]), fingerprint, Buffer.from([2]), datum]);
    expect(() => decodeEvent('WebhookRequested', bytes, () => schemaJson)).toThrow(
      expect.objectContaining({ code: 'malformed_datum' }),
    );
  });

  it('is read even if many values in branches, maps and arrays must be skipped', () => {
    const extra = { type: 'map', values: { type: 'array', items: ['null', 'double', 'string'] } };
    const schemaJson = requestedSchema((schema) => ({
      ...schema,
      fields: [{ name: 'extra', type: extra }, ...schema.fields],
    }));
    const many = Array.from({ length: 50_000 }, (_, index) => (index % 2 === 0 ? null : { double: index }));
    const values = parseSchema(JSON.stringify(extra));
    const unwrapped = many.map((value) => (value === null ? null : value.double));
    expect(values.isValid({ a: unwrapped })).toBe(true);
    expect(exchange(schemaJson, { ...sample, extra: { a: unwrapped, b: ['text'] } })).toEqual(sample);
  });
});
