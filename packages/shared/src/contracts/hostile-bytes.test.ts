/**
 * Decodes arbitrary bytes, as a faulty or hostile producer may send them. Decoding may fail only with a DecodeError,
 * and must never hang. Pure. A decoder that hangs also hangs the test run, because nothing interrupts an endless loop.
 */
import { describe, expect, it } from '@jest/globals';
import { eachFullEvent, fullEvents } from '@hookline/testkit/full-events';
import * as fc from 'fast-check';
import { parseSchema, TIME_OUT_OF_RANGE } from './avro-types.ts';
import { decodeEvent, DecodeError, encodeEvent, schemaFingerprint } from './event-codec.ts';
import { isWithin, LIMITS } from './limits.ts';
import { EVENT_NAMES } from './schema-catalogue.ts';

function failureOf(decode: () => unknown): unknown {
  try {
    decode();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Encodes a long as a zigzag varint (Avro 1.12, "Binary encoding"). */
function long(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

const text = (value: string): Buffer =>
  Buffer.concat([long(BigInt(Buffer.byteLength(value))), Buffer.from(value)]);

const request = encodeEvent('WebhookRequested', fullEvents().WebhookRequested);
const header = request.subarray(0, 10);

describe('decoding bytes that are not a single-object record', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a marker', Buffer.from([0xc3])],
    ['a marker without fingerprint', Buffer.from([0xc3, 1, 2, 3])],
    ['one byte less than a header', request.subarray(0, 9)],
    ['JSON', Buffer.from('{"executionId":"1","accountId":"2"}')],
    ['another version of the marker', Buffer.concat([Buffer.from([0xc3, 2]), request.subarray(2)])],
    [
      'the framing of a schema registry (0x00 and an id)',
      Buffer.concat([Buffer.alloc(5), request.subarray(10)]),
    ],
  ])('rejects %s', (_, bytes) => {
    expect(failureOf(() => decodeEvent('WebhookRequested', bytes))).toMatchObject({
      name: 'DecodeError',
      code: 'not_single_object',
      fingerprint: undefined,
    });
  });

  it('reports an unknown fingerprint, so that the caller can wait for its schema', () => {
    const bytes = Buffer.concat([Buffer.from([0xc3, 1, 1, 2, 3, 4, 5, 6, 7, 8]), request.subarray(10)]);
    expect(failureOf(() => decodeEvent('WebhookRequested', bytes))).toMatchObject({
      code: 'unknown_schema',
      fingerprint: '0807060504030201',
    });
  });

  it('rejects an event other than the expected one', () => {
    expect(failureOf(() => decodeEvent('AttemptDue', request))).toMatchObject({ code: 'unknown_schema' });
  });
});

describe('decoding a datum with a known schema', () => {
  it.each(eachFullEvent())('rejects %s cut off after any byte', (event, sample) => {
    const bytes = encodeEvent(event, sample);
    for (let length = 10; length < bytes.length; length++) {
      expect(failureOf(() => decodeEvent(event, bytes.subarray(0, length)))).toMatchObject({
        code: 'malformed_datum',
      });
    }
  });

  it.each(eachFullEvent())('rejects %s with one extra byte', (event, sample) => {
    const bytes = Buffer.concat([encodeEvent(event, sample), Buffer.alloc(1)]);
    expect(failureOf(() => decodeEvent(event, bytes))).toMatchObject({ code: 'malformed_datum' });
  });

  const five = ['e', 'a', 'w', 'x'].map(text);
  /** Bytes before the map `metadata`: four ids, two nulls and the context. */
  const beforeMetadata = Buffer.concat([header, ...five, long(0n), long(0n), text('{}')]);

  /** Bytes of the six nullable fields after `requestedAt`. */
  const nulls = Buffer.alloc(6);

  it.each([
    ['2^40 entries', long(2n ** 40n)],
    ['2^62 entries', long(2n ** 62n)],
    ['-2^40 entries followed by a size', Buffer.concat([long(-(2n ** 40n)), long(8n)])],
    ['a block whose negative size points back to itself', Buffer.concat([long(-1n), long(-4n)])],
    ['a key of negative length', Buffer.concat([long(1n), long(-3n), long(0n)])],
    ['a value of 2^62 bytes', Buffer.concat([long(1n), text('k'), long(2n ** 62n)])],
    ['a count that never ends', Buffer.alloc(64, 0xff)],
  ])('rejects a map with %s', (_, map) => {
    const bytes = Buffer.concat([beforeMetadata, map, Buffer.alloc(100)]);
    expect(failureOf(() => decodeEvent('WebhookRequested', bytes))).toMatchObject({
      code: 'malformed_datum',
    });
  });

  it('reads a map whose block states its size', () => {
    const entry = Buffer.concat([text('k'), text('v')]);
    const map = Buffer.concat([long(-1n), long(BigInt(entry.length)), entry, long(1n), entry, long(0n)]);
    const bytes = Buffer.concat([beforeMetadata, map, long(5n), nulls]);
    expect(decodeEvent('WebhookRequested', bytes).metadata).toEqual({ k: 'v' });
  });

  it.each([
    ['2^40', long(2n ** 40n)],
    ['-2^40', Buffer.concat([long(-(2n ** 40n)), long(0n)])],
  ])('rejects an array of %s items', (_, count) => {
    const unset = { pausedEndpoints: [], maxStoredBytesPerDay: null };
    const settings = encodeEvent('AccountSettings', { ...fullEvents().AccountSettings, ...unset });
    // The empty array is one zero byte before `suspended` (1 byte), the null quota (1 byte) and `updatedAt` (6 bytes).
    const arrayAt = settings.length - 9;
    expect(settings[arrayAt]).toBe(0);
    const bytes = Buffer.concat([settings.subarray(0, arrayAt), count, Buffer.alloc(100)]);
    expect(failureOf(() => decodeEvent('AccountSettings', bytes))).toMatchObject({ code: 'malformed_datum' });
  });

  it('reads a time that JavaScript cannot represent exactly as a time outside every range', () => {
    const bytes = Buffer.concat([beforeMetadata, long(0n), long(2n ** 60n), nulls]);
    expect(decodeEvent('WebhookRequested', bytes).requestedAt).toBe(TIME_OUT_OF_RANGE);
  });

  it('rejects the number of a branch that the union does not have', () => {
    const bytes = Buffer.concat([header, ...five, long(7n), Buffer.alloc(50)]);
    expect(failureOf(() => decodeEvent('WebhookRequested', bytes))).toMatchObject({
      code: 'malformed_datum',
    });
  });
});

describe('decoding with a foreign schema', () => {
  const commandFields = ['accountId', 'executionId', 'kind'].map((name) => ({ name, type: 'string' }));
  const times = ['issuedAt', 'expiresAt'].map((name) => ({ name, type: 'long' }));
  const withExtra = (type: unknown): string =>
    JSON.stringify({
      type: 'record',
      name: 'hookline.events.ExecutionCommand',
      fields: [{ name: 'extra', type }, ...commandFields, ...times],
    });

  it.each([
    ['a map', { type: 'map', values: 'string' }],
    ['an array', { type: 'array', items: 'long' }],
    ['an array of nulls', { type: 'array', items: 'null' }],
  ])('rejects a count of 2^40 and a negative block size in %s that is skipped', (_, type) => {
    const schemaJson = withExtra(type);
    const named = Buffer.concat([
      Buffer.from([0xc3, 1]),
      Buffer.from(schemaFingerprint(schemaJson), 'hex').reverse(),
    ]);
    for (const block of [long(2n ** 40n), Buffer.concat([long(-1n), long(-2n)])]) {
      const bytes = Buffer.concat([named, block, Buffer.alloc(100)]);
      expect(failureOf(() => decodeEvent('ExecutionCommand', bytes, () => schemaJson))).toMatchObject({
        code: 'malformed_datum',
      });
    }
  });

  it('rejects a datum that nests endlessly', () => {
    const schemaJson = withExtra({
      type: 'record',
      name: 'Node',
      fields: [{ name: 'next', type: ['null', 'Node'] }],
    });
    const named = Buffer.concat([
      Buffer.from([0xc3, 1]),
      Buffer.from(schemaFingerprint(schemaJson), 'hex').reverse(),
    ]);
    const bytes = Buffer.concat([named, Buffer.alloc(1_000_000, 2)]);
    expect(failureOf(() => decodeEvent('ExecutionCommand', bytes, () => schemaJson))).toMatchObject({
      code: 'malformed_datum',
    });
    expect(parseSchema(schemaJson).name).toBe('hookline.events.ExecutionCommand');
  });
});

describe('random bytes', () => {
  const events = fc.constantFrom(...EVENT_NAMES);

  it('after a known header either decode or fail with a DecodeError', () => {
    const samples = fullEvents();
    fc.assert(
      fc.property(events, fc.uint8Array({ maxLength: 300 }), (event, datum) => {
        const bytes = Buffer.concat([encodeEvent(event, samples[event]).subarray(0, 10), datum]);
        const failure = failureOf(() => decodeEvent(event, bytes));
        expect(failure === undefined || failure instanceof DecodeError).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('that replace part of a real event either decode or fail with a DecodeError', () => {
    const samples = fullEvents();
    fc.assert(
      fc.property(events, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 12 }), (event, at, noise) => {
        const bytes = Buffer.from(encodeEvent(event, samples[event]));
        bytes.set(noise.subarray(0, bytes.length - (at % bytes.length)), at % bytes.length);
        const failure = failureOf(() => decodeEvent(event, bytes));
        expect(failure === undefined || failure instanceof DecodeError).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a number near the limits of what avsc can both read and write', () => {
  const reads = (schema: string, value: bigint) =>
    failureOf(() => parseSchema(`"${schema}"`).fromBuffer(long(value)) as unknown);

  it.each([
    ['int', 2n ** 31n],
    ['int', -(2n ** 31n) - 1n],
    ['int', 2n ** 40n],
    ['long', -(2n ** 53n)],
    ['long', 2n ** 53n],
  ])('(%s %p) is rejected', (schema, value) => expect(reads(schema, value)).toBeInstanceOf(Error));

  it.each([
    ['int', 2n ** 31n - 1n],
    ['int', -(2n ** 31n)],
    ['long', -(2n ** 52n)],
    ['long', 2n ** 53n - 1n],
  ])('(%s %p) is read', (schema, value) => expect(reads(schema, value)).toBeUndefined());

  it.each([2n ** 60n, -(2n ** 60n), 2n ** 63n - 1n, 2n ** 53n - 1n, 1_795_898_547_000_000_000n])(
    '(%p, of type timestamp-millis) is read as a time out of range that avsc can write',
    (value) => {
      const type = parseSchema('{"type":"long","logicalType":"timestamp-millis"}');
      const read = type.fromBuffer(long(value)) as number;
      expect(read).toBe(TIME_OUT_OF_RANGE);
      expect(isWithin(LIMITS.time, read)).toBe(false);
      expect(type.fromBuffer(type.toBuffer(read))).toBe(read);
    },
  );
});
