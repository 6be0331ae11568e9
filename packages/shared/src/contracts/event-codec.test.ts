/**
 * Encoding and decoding of every event: `events.ts` and the published schemas agree, and every published version is
 * readable. Pure; may assert on the exact bytes.
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

/** Names of all fields at all depths, as `request.metadata`; keys of maps are no fields. */
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

  it.each(eachFullEvent())('%s: the sample leaves no field empty', (_, sample) => {
    const emptiness = JSON.stringify(sample).match(/:(null|\{\}|\[\]|"")[,}\]]/);
    expect(emptiness).toBeNull();
  });

  it.each(eachFullEvent())('%s: the type and the schema have the same fields', (event, sample) => {
    const fields = fieldPaths(parseSchema(currentSchema(event)));
    const records = new Set(fields.map((path) => path.slice(0, Math.max(0, path.lastIndexOf('.')))));
    expect(valuePaths(sample, (path) => records.has(path)).sort()).toEqual(fields.sort());
  });

  it.each(eachFullEvent())('%s: survives encoding and decoding', (event, sample) => {
    expect({ ...decodeEvent(event, encodeEvent(event, sample)) }).toEqual(sample);
  });

  it.each(eachFullEvent())('%s: is refused by name of the field if one is missing', (event, sample) => {
    const { fields } = JSON.parse(currentSchema(event)) as { fields: { name: string; default?: unknown }[] };
    const required = fields.find((field) => !('default' in field))?.name ?? '';
    const { [required as never]: _left, ...rest } = sample as unknown as Record<string, unknown>;
    expect(() => encodeEvent(event, rest as never)).toThrow(required);
  });

  it('survives with any text and any whole number in it', () => {
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

describe('published schemas', () => {
  const versions = EVENT_NAMES.flatMap((event) =>
    publishedSchemas(event).map((schemaJson, index) => ({ event, version: index + 1, schemaJson })),
  );

  it.each(versions)('$event v$version is readable as the current version', ({ event, schemaJson }) => {
    const writer = parseSchema(schemaJson);
    const bytes = Buffer.concat([headerOf(schemaJson), writer.toBuffer(writer.random())]);
    const decoded = decodeEvent(event, bytes);
    const missing = Object.entries(decoded).filter(([, value]) => value === undefined);
    expect(missing).toEqual([]);
  });

  it.each(versions)('$event v$version is described field by field', ({ schemaJson }) => {
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

  it('have no fingerprint twice, so that each names one event', () => {
    const fingerprints = versions.map(({ schemaJson }) => schemaFingerprint(schemaJson));
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
  });

  it('carry WebhookRequested in AttemptDue as it stands alone', () => {
    interface Schema {
      fields: { name: string; type: Schema }[];
    }
    const inner = (JSON.parse(currentSchema('AttemptDue')) as Schema).fields.find(
      ({ name }) => name === 'request',
    );
    expect(inner?.type).toEqual(JSON.parse(currentSchema('WebhookRequested')));
  });

  it('of this build are the ones it writes', () => {
    const expected = EVENT_NAMES.map((event) => ({
      fingerprint: schemaFingerprint(currentSchema(event)),
      schemaJson: currentSchema(event),
    }));
    expect(writtenSchemas()).toEqual(expected);
  });
});

describe('a schema of somebody else', () => {
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

  it('is unknown until it is published, then read as ours: fields skipped, promoted and defaulted', () => {
    expect(() => decodeEvent('ExecutionCommand', bytes)).toThrow(
      expect.objectContaining({ name: 'DecodeError', code: 'unknown_schema', fingerprint }),
    );
    const { labels: _labels, ...common } = written;
    const decoded = decodeEvent('ExecutionCommand', bytes, (wanted) =>
      wanted === fingerprint ? newer : undefined,
    );
    expect({ ...decoded }).toEqual({ ...common, reason: null });
  });

  it.each([
    ['is a schema of something else', currentSchema('AccountKey')],
    ['lacks a required field', newer.replace('"kind"', '"sort"')],
  ])('that %s is refused for good', (_, schemaJson) => {
    const named = Buffer.concat([headerOf(schemaJson), Buffer.alloc(20)]);
    expect(() => decodeEvent('ExecutionCommand', named, () => schemaJson)).toThrow(
      expect.objectContaining({ name: 'DecodeError', code: 'incompatible_schema' }),
    );
  });

  it.each(['{"type":"recor', '{"type":"record"}', 'null'])(
    'that reads %s is refused for good',
    (schemaJson) => {
      const named = Buffer.concat([Buffer.from([0xc3, 1]), Buffer.alloc(8, 7), Buffer.alloc(20)]);
      expect(() => decodeEvent('ExecutionCommand', named, () => schemaJson)).toThrow(
        expect.objectContaining({ code: 'incompatible_schema', fingerprint: '0707070707070707' }),
      );
    },
  );

  it('that was published under a fingerprint that is not its own is refused', () => {
    const named = Buffer.concat([Buffer.from([0xc3, 1]), Buffer.alloc(8, 9), bytes.subarray(10)]);
    expect(() => decodeEvent('ExecutionCommand', named, () => newer)).toThrow(
      expect.objectContaining({ code: 'incompatible_schema', fingerprint: '0909090909090909' }),
    );
  });

  it('keeps its canonical form whatever the order and the decoration of its attributes', () => {
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

it('an event decoded once more after an error is still right', () => {
  const sample: Events['AccountKey'] = fullEvents().AccountKey;
  const bytes = encodeEvent('AccountKey', sample);
  expect(() => decodeEvent('AccountKey', bytes.subarray(0, -1))).toThrow(DecodeError);
  expect({ ...decodeEvent('AccountKey', bytes) }).toEqual(sample);
});
