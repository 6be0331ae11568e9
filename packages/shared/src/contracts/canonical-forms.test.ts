/**
 * Compares the fingerprints of our canonical forms with those that the libraries themselves computed. Pure, because it
 * contains the results of libraries that were run manually; `avro-interop.test.ts` and `foreign-engines.test.ts` run
 * the libraries that are installed.
 */
import { describe, expect, it } from '@jest/globals';
import { eachFullEvent } from '@hookline/testkit/full-events';
import { canonicalForm, parseSchema } from './avro-types.ts';
import { canonicalForms, DIALECTS, type Dialect } from './canonical-forms.ts';
import { crc64Avro } from './crc64-avro.ts';
import { decodeEvent, encodeEvent, knownFingerprints, schemaFingerprint } from './event-codec.ts';
import { EVENT_NAMES, publishedSchemas } from './schema-catalogue.ts';

function fingerprintIn(dialect: Dialect, schemaJson: string): string {
  const form = canonicalForms(schemaJson)[dialect];
  return crc64Avro(Buffer.from(form)).toString(16).padStart(16, '0');
}

const requested = publishedSchemas('WebhookRequested')[0] ?? '';
const completed = publishedSchemas('WebhookCompleted')[0] ?? '';

/** A foreign producer's schema with logical types that the libraries treat differently. */
const LOGICAL = record('h.P', {
  b: { type: 'long' },
  d: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 },
  u: { type: 'string', logicalType: 'uuid' },
  q: { type: 'int', logicalType: 'date' },
  x: { type: 'long', logicalType: 'made-up' },
  us: ['null', { type: 'long', logicalType: 'timestamp-micros' }],
  m: { type: 'map', values: { type: 'long', logicalType: 'timestamp-millis' } },
});
/** A schema with named types, but without decimals of type `bytes`, because goavro invents a name for each of them. */
const NAMED = JSON.stringify({
  namespace: 'a.b',
  type: 'record',
  doc: 'Decorated.',
  aliases: ['Q'],
  name: 'R',
  fields: [
    {
      name: 'e',
      default: 'A',
      type: { type: 'enum', name: 'E', symbols: ['A', 'B'], default: 'A', doc: 'é' },
    },
    { name: 'f', type: { type: 'fixed', name: 'c.F', size: 4, logicalType: 'decimal', precision: 4 } },
    { name: 'g', type: ['null', 'c.F'], order: 'ignore', aliases: ['h'], default: null },
    { name: 'e2', type: 'E' },
    { name: 's', type: { type: 'string', 'avro.java.string': 'String' } },
    { name: 'next', type: ['null', 'R'], default: null },
    { name: 'm', type: { type: 'map', values: { type: 'array', items: ['int', 'double'] }, default: {} } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' }, doc: 'When.' },
  ],
});

/** Fingerprints that each library computed, most significant byte first; versions with equal results share a line. */
const VECTORS: [dialect: Dialect, library: string, schema: string, fingerprint: string][] = [
  ['specification', 'fastavro 1.13.1', requested, '419f0504c679fddd'],
  ['avro-python', 'avro 1.12.2 (Python)', requested, 'd878bda81d3940f8'],
  ['avro-rust', 'apache-avro 0.22.0 (Rust)', requested, 'd878bda81d3940f8'],
  ['goavro', 'goavro 2.12.0, 2.15.0 (Go)', requested, 'd878bda81d3940f8'],
  ['hamba', 'hamba/avro 2.17.2, 2.31.0 (Go)', requested, '42b99113e603a52d'],
  ['specification', 'fastavro 1.13.1', completed, '7cc0e1ecba73fb43'],
  ['avro-python', 'avro 1.12.2 (Python)', completed, '28484dde6dc01fe2'],
  ['avro-rust', 'apache-avro 0.22.0 (Rust)', completed, '28484dde6dc01fe2'],
  ['goavro', 'goavro 2.12.0, 2.15.0 (Go)', completed, '28484dde6dc01fe2'],
  ['hamba', 'hamba/avro 2.17.2, 2.31.0 (Go)', completed, '142c345eb2536603'],
  ['avro-python', 'avro 1.12.2 (Python)', LOGICAL, 'bae3440dcaf4c2d0'],
  ['avro-rust', 'apache-avro 0.22.0 (Rust)', LOGICAL, '504cd45447b09697'],
  ['hamba', 'hamba/avro 2.31.0 (Go)', LOGICAL, '994f8e947f447e30'],
  ['goavro', 'goavro 2.12.0, 2.15.0 (Go)', NAMED, '5d02b9e3ef135359'],
  ['hamba', 'hamba/avro 2.31.0 (Go)', NAMED, '4a303396fddd0d04'],
];

function record(name: string, fields: Record<string, unknown>): string {
  const list = Object.entries(fields).map(([name, type]) => ({ name, type }));
  return JSON.stringify({ type: 'record', name, fields: list });
}

describe('a fingerprint', () => {
  it.each(VECTORS)('in dialect %s equals the result of %s', (dialect, _, schemaJson, fingerprint) => {
    expect(fingerprintIn(dialect, schemaJson)).toBe(fingerprint);
    expect(knownFingerprints(schemaJson)).toContain(fingerprint);
  });

  it('of a schema that is already in canonical form is the same in every library', () => {
    for (const schemaJson of EVENT_NAMES.flatMap(publishedSchemas)) {
      const { specification } = canonicalForms(schemaJson);
      expect(knownFingerprints(specification)).toEqual([schemaFingerprint(schemaJson)]);
    }
  });
});

describe('the canonical form of the specification', () => {
  it.each([...EVENT_NAMES.flatMap(publishedSchemas), LOGICAL, NAMED])(
    'equals the form that avsc computes for %s',
    (schemaJson) => {
      expect(canonicalForms(schemaJson).specification).toBe(canonicalForm(parseSchema(schemaJson)));
    },
  );
});

describe('an event', () => {
  it.each(eachFullEvent())(
    'of type %s can be read under every fingerprint of its schema',
    (event, sample) => {
      const bytes = encodeEvent(event, sample);
      const schemaJson = publishedSchemas(event).at(-1) ?? '';
      for (const dialect of DIALECTS) {
        const named = Buffer.from(fingerprintIn(dialect, schemaJson), 'hex').reverse();
        const foreign = Buffer.concat([bytes.subarray(0, 2), named, bytes.subarray(10)]);
        expect({ ...decodeEvent(event, foreign) }).toEqual(sample);
      }
    },
  );
});

describe('a schema in webhook.schemas', () => {
  const own = record('hookline.events.AccountKey', {
    accountId: 'string',
    dekId: 'string',
    kekId: 'string',
    wrapped: 'bytes',
    state: 'string',
    createdAt: { type: 'long', logicalType: 'timestamp-millis' },
  });
  const sample = {
    accountId: 'a',
    dekId: 'd',
    kekId: 'k',
    wrapped: Buffer.from('w'),
    state: 's',
    createdAt: 7,
  };
  const datum = parseSchema(own).toBuffer(sample);
  const bytesUnder = (fingerprint: string): Buffer =>
    Buffer.concat([Buffer.from([0xc3, 1]), Buffer.from(fingerprint, 'hex').reverse(), datum]);

  it.each(DIALECTS)('is accepted under the fingerprint of dialect %s', (dialect) => {
    const bytes = bytesUnder(fingerprintIn(dialect, own));
    expect(decodeEvent('AccountKey', bytes, () => own)).toMatchObject(sample);
  });

  it('is rejected under any other fingerprint, with an error that lists its own fingerprints', () => {
    const read = (): unknown => decodeEvent('AccountKey', bytesUnder('0123456789abcdef'), () => own);
    expect(read).toThrow(knownFingerprints(own).join(' or '));
  });
});
