/**
 * For every event, compares our canonical form, fingerprint, and bytes in both directions with those of fastavro,
 * another implementation of Avro. Also checks that `canonicalForms` and `knownFingerprints` cover Apache's own `avro`,
 * whose canonical form and fingerprint differ from ours. Runs both libraries in a Python environment in the user's
 * cache. Tests here may assert exact bytes.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { eachFullEvent } from '@hookline/testkit/full-events';
import { pythonWith } from '@hookline/testkit/python-env';
import { canonicalForm, parseSchema } from './avro-types.ts';
import { canonicalForms } from './canonical-forms.ts';
import { decodeEvent, encodeEvent, knownFingerprints, schemaFingerprint } from './event-codec.ts';
import { EVENT_NAMES, publishedSchemas } from './schema-catalogue.ts';

/** Reads inputs `{schema, bytes}` (JSON text, base64 of a single-object record) and prints a result for each. */
const PROGRAM = `
import base64, datetime, io, json, sys
import avro.schema, fastavro, fastavro.schema

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)

def plain(value):
    if isinstance(value, datetime.datetime):
        return (value - EPOCH) // datetime.timedelta(milliseconds=1)
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value

def answer(schema, bytes):
    canonical = fastavro.schema.to_parsing_canonical_form(json.loads(schema))
    fingerprint = fastavro.schema.fingerprint(canonical, "CRC-64-AVRO")
    apache = avro.schema.parse(schema)
    reply = {"canonical": canonical, "fingerprint": fingerprint,
             "apache": {"canonical": apache.canonical_form, "fingerprint": apache.fingerprint("CRC-64-AVRO").hex()}}
    if bytes is not None:
        raw = base64.b64decode(bytes)
        source, target = io.BytesIO(raw[10:]), io.BytesIO()
        parsed = fastavro.parse_schema(json.loads(schema))
        value = fastavro.schemaless_reader(source, parsed, None)
        fastavro.schemaless_writer(target, parsed, value)
        reply |= {"value": plain(value), "unread": len(source.read()),
                  "rewritten": base64.b64encode(raw[:10] + target.getvalue()).decode()}
    return reply

print(json.dumps([answer(q["schema"], q["bytes"]) for q in json.load(sys.stdin)]))
`;

interface Answer {
  canonical: string;
  /** Bytes in little-endian order, in hex, as fastavro prints them. */
  fingerprint: string;
  /** Canonical form and fingerprint that Apache's `avro` computes for the same schema. */
  apache: { canonical: string; fingerprint: string };
  value: unknown;
  unread: number;
  rewritten: string;
}

let python: string;

beforeAll(async () => {
  python = await pythonWith(['fastavro==1.13.1', 'avro==1.12.2']);
});

async function askFastavro(questions: { schema: string; bytes: Buffer | null }[]): Promise<Answer[]> {
  const child = spawn(python, ['-c', PROGRAM], { stdio: ['pipe', 'pipe', 'pipe'] });
  const [output, complaints] = [text(child.stdout), text(child.stderr)];
  child.stdin.end(
    JSON.stringify(
      questions.map(({ schema, bytes }) => ({
        schema,
        bytes: bytes === null ? null : bytes.toString('base64'),
      })),
    ),
  );
  const answers = await output;
  if (answers === '') throw new Error(`the Python program failed: ${await complaints}`);
  return JSON.parse(answers) as Answer[];
}

function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, function (this: Record<string, unknown>, key: string, inner: unknown) {
      const original = this[key];
      return Buffer.isBuffer(original) ? { base64: original.toString('base64') } : inner;
    }),
  );
}

describe('fastavro', () => {
  it('computes the same canonical form and fingerprint for every published schema', async () => {
    const schemas = EVENT_NAMES.flatMap(publishedSchemas);
    const answers = await askFastavro(schemas.map((schema) => ({ schema, bytes: null })));

    expect(answers.map(({ canonical }) => canonical)).toEqual(
      schemas.map((schema) => canonicalForm(parseSchema(schema))),
    );
    expect(answers.map(({ fingerprint }) => fingerprint)).toEqual(schemas.map(schemaFingerprintLittleEndian));
  });

  it('computes the same canonical form and fingerprint for schemas that foreign producers may write', async () => {
    const schemas = FOREIGN_SCHEMAS.map((schema) => JSON.stringify(schema));
    const answers = await askFastavro(schemas.map((schema) => ({ schema, bytes: null })));

    expect(answers.map(({ canonical }) => canonical)).toEqual(
      schemas.map((schema) => canonicalForm(parseSchema(schema))),
    );
    expect(answers.map(({ fingerprint }) => fingerprint)).toEqual(schemas.map(schemaFingerprintLittleEndian));
  });

  it('reads every event that we write, and writes events that we read', async () => {
    const samples = eachFullEvent();
    const answers = await askFastavro(
      samples.map(([event, sample]) => ({
        schema: publishedSchemas(event).at(-1) ?? '',
        bytes: encodeEvent(event, sample),
      })),
    );

    samples.forEach(([event, sample], index) => {
      const answer = answers[index];
      expect(answer?.value).toEqual(plain(sample));
      expect(answer?.unread).toBe(0);
      const decoded = decodeEvent(event, Buffer.from(answer?.rewritten ?? '', 'base64'));
      expect({ ...decoded }).toEqual(sample);
    });
  });
});

describe("Apache's avro for Python", () => {
  it('writes annotated primitives as objects in the canonical form, as canonicalForms expects', async () => {
    const schemas = EVENT_NAMES.flatMap(publishedSchemas);
    const answers = await askFastavro(schemas.map((schema) => ({ schema, bytes: null })));

    const expected = schemas.map((schema) => canonicalForms(schema)['avro-python']);
    expect(answers.map(({ apache }) => apache.canonical)).toEqual(expected);
    for (const [index, { apache }] of answers.entries()) {
      const fingerprint = Buffer.from(apache.fingerprint, 'hex').reverse().toString('hex');
      expect(knownFingerprints(schemas[index] ?? '')).toContain(fingerprint);
    }
  });

  it('computes the fingerprint that the specification defines if a schema is already in canonical form', async () => {
    const schemas = EVENT_NAMES.flatMap(publishedSchemas);
    const canonical = schemas.map((schema) => canonicalForms(schema).specification);
    const answers = await askFastavro(canonical.map((schema) => ({ schema, bytes: null })));

    const expected = schemas.map(schemaFingerprintLittleEndian);
    expect(answers.map(({ apache }) => apache.fingerprint)).toEqual(expected);
  });
});

function schemaFingerprintLittleEndian(schemaJson: string): string {
  return Buffer.from(schemaFingerprint(schemaJson), 'hex').reverse().toString('hex');
}

/**
 * Schemas with everything that canonicalisation must handle: names, references, annotations, and named types used
 * twice.
 */
const FOREIGN_SCHEMAS = [
  {
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
  },
  {
    type: 'record',
    name: 'x.y.Full',
    fields: [{ name: 'inner', type: { type: 'record', name: 'I', fields: [] } }],
  },
  { type: 'record', name: 'NoNamespace', fields: [{ name: 'b', type: 'bytes', default: '\u00ff' }] },
];
