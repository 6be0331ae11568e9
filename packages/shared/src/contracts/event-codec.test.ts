/**
 * Tests the encoding and decoding of every event: `events.ts` and the published schemas agree, and every published
 * version can be read. Pure. Tests here may assert exact bytes.
 */
import { describe, expect, it } from '@jest/globals';
import { aWebhookRequested } from '@hookline/testkit/builders';
import { eachFullEvent, fullEvents } from '@hookline/testkit/full-events';
import avro from 'avsc';
import * as fc from 'fast-check';
import { canonicalForm, parseSchema } from './avro-types.ts';
import { decodeEvent, DecodeError, encodeEvent, schemaFingerprint, writtenSchemas } from './event-codec.ts';
import type { Events } from './events.ts';
import { EVENT_NAMES, publishedSchemas } from './schema-catalogue.ts';

/** Returns the paths of all fields at any depth, such as `request.metadata`; keys of maps are not fields. */
function fieldPaths(type: avro.Type, path = ''): string[] {
  if (type instanceof avro.types.RecordType) {
    return type.fields.flatMap((field) => {
      const here = path === '' ? field.name : `${path}.${field.name}`;
      return [here, ...fieldPaths(field.type, here)];
    });
  }
  if (type instanceof avro.types.UnwrappedUnionType)
    return type.types.flatMap((branch) => fieldPaths(branch, path));
  return [];
}

function valuePaths(value: object, isRecord: (path: string) => boolean, path = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const here = path === '' ? name : `${path}.${name}`;
    return isRecord(here) ? [here, ...valuePaths(inner as object, isRecord, here)] : [here];
  });
}

const currentSchema = (event: (typeof EVENT_NAMES)[number]): string => publishedSchemas(event).at(-1) ?? '';

function headerOf(schemaJson: string): Buffer {
  return Buffer.concat([Buffer.from([0xc3, 1]), Buffer.from(schemaFingerprint(schemaJson), 'hex').reverse()]);
}

describe('every event', () => {
  it('has a full sample', () => {
    expect(eachFullEvent().map(([event]) => event)).toEqual(EVENT_NAMES);
  });

  it.each(eachFullEvent())('(%s) has a sample that leaves no field empty', (_, sample) => {
    const emptiness = JSON.stringify(sample).match(/:(null|\{\}|\[\]|"")[,}\]]/);
    expect(emptiness).toBeNull();
  });

  it.each(eachFullEvent())('(%s) has the same fields in its type and in its schema', (event, sample) => {
    const fields = fieldPaths(parseSchema(currentSchema(event)));
    const records = new Set(fields.map((path) => path.slice(0, Math.max(0, path.lastIndexOf('.')))));
    expect(valuePaths(sample, (path) => records.has(path)).sort()).toEqual(fields.sort());
  });

  it.each(eachFullEvent())('(%s) survives encoding and decoding', (event, sample) => {
    expect({ ...decodeEvent(event, encodeEvent(event, sample)) }).toEqual(sample);
  });

  it.each(eachFullEvent())('(%s) is rejected if it lacks a field, which the error names', (event, sample) => {
    const { fields } = JSON.parse(currentSchema(event)) as { fields: { name: string; default?: unknown }[] };
    const required = fields.find((field) => !('default' in field))?.name ?? '';
    const { [required as never]: _left, ...rest } = sample as unknown as Record<string, unknown>;
    expect(() => encodeEvent(event, rest as never)).toThrow(required);
  });

  it('(WebhookRequested) survives encoding and decoding with any text and any time', () => {
    const text = fc.string({ unit: 'binary' });
    const metadata = fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '')), text);
    const time = fc.integer({ min: 0, max: 2 ** 53 - 2 });
    fc.assert(
      fc.property(text, metadata, time, fc.option(text), (context, pairs, requestedAt, stepId) => {
        const request = aWebhookRequested({ context, metadata: pairs, requestedAt, stepId });
        const decoded = decodeEvent('WebhookRequested', encodeEvent('WebhookRequested', request));
        expect(Object.entries(decoded.metadata)).toEqual(Object.entries(pairs));
        expect([decoded.context, decoded.requestedAt, decoded.stepId]).toEqual([
          context,
          requestedAt,
          stepId,
        ]);
      }),
    );
  });

  it('names its schema: marker C3 01 and the fingerprint, little-endian', () => {
    for (const [event, sample] of eachFullEvent()) {
      const bytes = encodeEvent(event, sample);
      const fingerprint = schemaFingerprint(currentSchema(event));
      expect(bytes.subarray(0, 2).toString('hex')).toBe('c301');
      expect(bytes.readBigUInt64LE(2)).toBe(BigInt(`0x${fingerprint}`));
    }
  });
});

describe('a large event', () => {
  // Lengths around the largest event that fits into the memory for small events.
  it.each([64_000, 65_300, 65_400, 65_536, 1_000_000])(
    'of %d characters survives encoding and decoding',
    (length) => {
      const request = aWebhookRequested({ context: 'x'.repeat(length) });
      const bytes = encodeEvent('WebhookRequested', request);
      expect(decodeEvent('WebhookRequested', bytes)).toMatchObject(request);
      // Encoding a later event must not change the bytes of an earlier event.
      encodeEvent('WebhookRequested', aWebhookRequested({ context: 'y'.repeat(length) }));
      expect(decodeEvent('WebhookRequested', bytes).context).toBe(request.context);
    },
  );

  it('is encoded without a copy', () => {
    const request = aWebhookRequested({ context: 'x'.repeat(1_000_000) });
    const before = process.memoryUsage().arrayBuffers;
    encodeEvent('WebhookRequested', request);
    // A garbage collection between the two measurements would only reduce the difference.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_500_000);
  });
});

describe('published schemas', () => {
  const versions = EVENT_NAMES.flatMap((event) =>
    publishedSchemas(event).map((schemaJson, index) => ({ event, version: index + 1, schemaJson })),
  );

  it.each(versions)('$event v$version can be read as the current version', ({ event, schemaJson }) => {
    const writer = parseSchema(schemaJson);
    const bytes = Buffer.concat([headerOf(schemaJson), writer.toBuffer(writer.random())]);
    const decoded = decodeEvent(event, bytes);
    const missing = Object.entries(decoded).filter(([, value]) => value === undefined);
    expect(missing).toEqual([]);
  });

  it.each(versions)('$event v$version describes every field', ({ schemaJson }) => {
    interface Described {
      doc?: string;
      name?: string;
      fields?: Described[];
      type?: unknown;
      items?: unknown;
    }
    const undescribed = (schema: unknown): string[] => {
      if (Array.isArray(schema)) return schema.flatMap(undescribed);
      if (typeof schema !== 'object' || schema === null) return [];
      const { fields = [], type, items } = schema as Described;
      return [
        ...fields.filter(({ doc }) => !doc).map(({ name }) => name ?? ''),
        ...fields.flatMap((field) => undescribed(field.type)),
        ...undescribed(type),
        ...undescribed(items),
      ];
    };
    expect(undescribed(JSON.parse(schemaJson))).toEqual([]);
  });

  it('have distinct fingerprints, so that each identifies one event', () => {
    const fingerprints = versions.map(({ schemaJson }) => schemaFingerprint(schemaJson));
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
  });

  it('embed WebhookRequested in AttemptDue exactly as it is published on its own', () => {
    interface Schema {
      fields: { name: string; type: Schema }[];
    }
    const inner = (JSON.parse(currentSchema('AttemptDue')) as Schema).fields.find(
      ({ name }) => name === 'request',
    );
    expect(inner?.type).toEqual(JSON.parse(currentSchema('WebhookRequested')));
  });

  it('returned by writtenSchemas are the current versions', () => {
    const expected = EVENT_NAMES.map((event) => ({
      fingerprint: schemaFingerprint(currentSchema(event)),
      schemaJson: currentSchema(event),
    }));
    expect(writtenSchemas()).toEqual(expected);
  });
});

describe('a foreign schema', () => {
  const newer = JSON.stringify({
    type: 'record',
    name: 'ExecutionCommand',
    namespace: 'hookline.events',
    fields: [
      { name: 'labels', type: { type: 'map', values: { type: 'array', items: 'string' } } },
      { name: 'accountId', type: 'string' },
      { name: 'executionId', type: 'string' },
      { name: 'kind', type: 'string' },
      { name: 'issuedAt', type: 'int' },
      { name: 'expiresAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    ],
  });
  const fingerprint = schemaFingerprint(newer);
  const written = {
    labels: { a: ['x', 'y'] },
    accountId: 'account_1',
    executionId: 'execution_1',
    kind: 'cancel',
    issuedAt: 1,
    expiresAt: 2,
  };
  const bytes = Buffer.concat([headerOf(newer), parseSchema(newer).toBuffer(written)]);

  it('is unknown until it is published, and is then resolved to our schema by skipping, promoting and defaulting fields', () => {
    expect(() => decodeEvent('ExecutionCommand', bytes)).toThrow(
      expect.objectContaining({ name: 'DecodeError', code: 'unknown_schema', fingerprint }),
    );
    const { labels: _labels, ...common } = written;
    const decoded = decodeEvent('ExecutionCommand', bytes, (wanted) =>
      wanted === fingerprint ? newer : undefined,
    );
    expect({ ...decoded }).toEqual({ ...common, reason: null, execution: null, endpoint: null });
  });

  it.each([
    ['is the schema of another event', currentSchema('AccountKey')],
    ['lacks a required field', newer.replace('"kind"', '"sort"')],
  ])('that %s is rejected permanently', (_, schemaJson) => {
    const named = Buffer.concat([headerOf(schemaJson), Buffer.alloc(20)]);
    expect(() => decodeEvent('ExecutionCommand', named, () => schemaJson)).toThrow(
      expect.objectContaining({ name: 'DecodeError', code: 'incompatible_schema' }),
    );
  });

  it.each(['{"type":"recor', '{"type":"record"}', 'null'])(
    'with the text %s is rejected permanently',
    (schemaJson) => {
      const named = Buffer.concat([Buffer.from([0xc3, 1]), Buffer.alloc(8, 7), Buffer.alloc(20)]);
      expect(() => decodeEvent('ExecutionCommand', named, () => schemaJson)).toThrow(
        expect.objectContaining({ code: 'incompatible_schema', fingerprint: '0707070707070707' }),
      );
    },
  );

  it('published under a fingerprint that is not its own is rejected', () => {
    const named = Buffer.concat([Buffer.from([0xc3, 1]), Buffer.alloc(8, 9), bytes.subarray(10)]);
    expect(() => decodeEvent('ExecutionCommand', named, () => newer)).toThrow(
      expect.objectContaining({ code: 'incompatible_schema', fingerprint: '0909090909090909' }),
    );
  });

  it('has the same canonical form in any order of attributes and with any annotations', () => {
    const decorated = {
      fields: [
        { doc: 'x', type: { logicalType: 'timestamp-millis', type: 'long' }, name: 'at', order: 'ignore' },
      ],
      doc: 'y',
      name: 'Tick',
      aliases: ['Old'],
      type: 'record',
      namespace: 'n',
    };
    expect(canonicalForm(parseSchema(JSON.stringify(decorated)))).toBe(
      '{"name":"n.Tick","type":"record","fields":[{"name":"at","type":"long"}]}',
    );
  });
});

it('decodeEvent still decodes correctly after an error', () => {
  const sample: Events['AccountKey'] = fullEvents().AccountKey;
  const bytes = encodeEvent('AccountKey', sample);
  expect(() => decodeEvent('AccountKey', bytes.subarray(0, -1))).toThrow(DecodeError);
  expect({ ...decodeEvent('AccountKey', bytes) }).toEqual(sample);
});
