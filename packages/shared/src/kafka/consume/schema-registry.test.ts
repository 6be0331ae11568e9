/**
 * Tests the schema registry on a real broker, with schemas of other producers that arrive in time, late or never. Each
 * test sets the maximum wait. Tests here may assert records, but never timings.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anExecutionCommand } from '@hookline/testkit/builders';
import { kafkaFixture, type KafkaFixture } from '@hookline/testkit/kafka-fixture';
import { parseSchema } from '../../contracts/avro-types.ts';
import { encodeEvent, knownFingerprints, schemaFingerprint } from '../../contracts/event-codec.ts';
import type { ExecutionCommand } from '../../contracts/events.ts';
import { TOPICS } from '../../contracts/topics.ts';
import { createSchemaRegistry, type SchemaRegistry } from './schema-registry.ts';

const NEVER_MS = 3_600_000;

let kafka: KafkaFixture;

beforeEach(async () => {
  kafka = await kafkaFixture([]);
});

afterEach(async () => {
  await kafka[Symbol.asyncDispose]();
});

/** Creates a newer ExecutionCommand schema with an additional field; each field name yields a different fingerprint. */
function newerSchema(field: string, timeType: object | string = 'long'): NewerSchema {
  const text = ['accountId', 'executionId', 'kind', field].map((name) => ({ name, type: 'string' }));
  const times = ['issuedAt', 'expiresAt'].map((name) => ({ name, type: timeType }));
  const name = 'hookline.events.ExecutionCommand';
  const schemaJson = JSON.stringify({ type: 'record', name, fields: [...text, ...times] });
  const fingerprint = schemaFingerprint(schemaJson);
  const datum = parseSchema(schemaJson).toBuffer({ ...COMMAND, [field]: 'new' });
  return { schemaJson, fingerprint, datum, bytes: singleObject(fingerprint, datum) };
}

interface NewerSchema {
  schemaJson: string;
  fingerprint: string;
  datum: Buffer;
  /** The datum in single-object encoding, with the fingerprint that the Avro specification defines. */
  bytes: Buffer;
}

function singleObject(fingerprint: string, datum: Buffer): Buffer {
  return Buffer.concat([MARKER, Buffer.from(fingerprint, 'hex').reverse(), datum]);
}

/** Formats a fingerprint as some libraries do: in the order of the bytes in the record, which is little-endian. */
function sentOrder(fingerprint = ''): string {
  return Buffer.from(fingerprint, 'hex').reverse().toString('hex');
}

const MARKER = Buffer.from([0xc3, 0x01]);
const COMMAND = anExecutionCommand();

function publishSchema({
  fingerprint,
  schemaJson,
}: {
  fingerprint: string;
  schemaJson: string;
}): Promise<unknown> {
  const value = Buffer.from(schemaJson);
  return kafka.publisher.publish({ topic: TOPICS.schemas, accountId: '', key: fingerprint, value });
}

function startRegistry(waitMs: number): Promise<SchemaRegistry> {
  const lookUps = { maxMs: waitMs, everyMs: NEVER_MS };
  return kafka.run(createSchemaRegistry({ client: kafka.client }, { waitMs, lookUps }));
}

describe('the schema registry', () => {
  it('decodes records of this build even if no schema is published', async () => {
    const registry = createSchemaRegistry({ client: kafka.client }, { waitMs: NEVER_MS });
    const decoded = await registry.decode('ExecutionCommand', encodeEvent('ExecutionCommand', COMMAND));
    expect({ ...decoded }).toEqual(COMMAND);
  });

  it('decodes records of other producers with a schema that was published before it started', async () => {
    const newer = newerSchema('early');
    await publishSchema(newer);
    const registry = await startRegistry(NEVER_MS);
    expect({ ...(await registry.decode('ExecutionCommand', newer.bytes)) }).toEqual(COMMAND);
  });

  it('waits for a schema that arrives later, for all records that need it', async () => {
    const newer = newerSchema('late');
    const registry = await startRegistry(NEVER_MS);
    const waiting = [1, 2, 3].map(() => registry.decode('ExecutionCommand', newer.bytes));
    await publishSchema(newer);
    expect((await Promise.all(waiting)).map((decoded) => ({ ...decoded }))).toEqual([
      COMMAND,
      COMMAND,
      COMMAND,
    ]);
  });

  it('gives up after its wait, then rejects the same fingerprint immediately until its schema arrives', async () => {
    const newer = newerSchema('missing');
    const registry = await startRegistry(300);
    const failure = { name: 'DecodeError', code: 'unknown_schema', fingerprint: newer.fingerprint };
    await expect(registry.decode('ExecutionCommand', newer.bytes)).rejects.toMatchObject(failure);
    const again = registry.decode('ExecutionCommand', newer.bytes).catch((error: unknown) => error);
    // If this record waited, its rejection would come in a later turn of the event loop.
    expect(await Promise.race([again, nextTurn('still waiting')])).toMatchObject(failure);

    await publishSchema(newer);
    let decoded: ExecutionCommand | undefined;
    while (!decoded) {
      // While the schema has not arrived, `decode` rejects immediately; publishing gives the registry time to read it.
      await publishSchema(newerSchema('marker'));
      decoded = await registry.decode('ExecutionCommand', newer.bytes).catch(() => undefined);
    }
    expect({ ...decoded }).toEqual(COMMAND);
  });

  it('still waits for a schema after another registry has given up on a different schema', async () => {
    const [never, later] = [newerSchema('never'), newerSchema('later')];
    const first = await startRegistry(1);
    await expect(first.decode('ExecutionCommand', never.bytes)).rejects.toMatchObject({
      code: 'unknown_schema',
    });
    const second = await startRegistry(NEVER_MS);
    const waiting = second.decode('ExecutionCommand', later.bytes);
    await publishSchema(later);
    expect({ ...(await waiting) }).toEqual(COMMAND);
  });

  it('holds up records for only one look-up, even if each record has a different invented fingerprint', async () => {
    const registry = await startRegistry(300);
    const madeUp = Array.from({ length: 100 }, (_, number) => newerSchema(`madeUp${number}`));
    const [first, ...others] = madeUp.map(
      ({ bytes }) =>
        () =>
          registry.decode('ExecutionCommand', bytes),
    );
    await expect(first?.()).rejects.toMatchObject({ code: 'unknown_schema' });
    for (const decode of others) {
      const rejected = decode().catch((error: unknown) => error);
      const result = await Promise.race([rejected, nextTurn('still waiting')]);
      expect(result).toMatchObject({ code: 'unknown_schema' });
    }
  });

  it('always waits for the schema of a record that does not hold up others', async () => {
    const [madeUp, newer] = [newerSchema('madeUp'), newerSchema('wanted')];
    const lookUps = { maxMs: 1, everyMs: NEVER_MS };
    const registry = await kafka.run(
      createSchemaRegistry({ client: kafka.client }, { waitMs: NEVER_MS, lookUps }),
    );
    for (const { bytes } of [madeUp, newer]) {
      await expect(registry.decode('ExecutionCommand', bytes)).rejects.toMatchObject({
        code: 'unknown_schema',
      });
    }
    const waiting = registry.decode('ExecutionCommand', newer.bytes, { holdsOthers: false });
    await publishSchema(newer);
    expect({ ...(await waiting) }).toEqual(COMMAND);
  });

  it('immediately rejects bytes that no schema could make readable', async () => {
    const registry = await startRegistry(NEVER_MS);
    await expect(registry.decode('ExecutionCommand', Buffer.from('{}'))).rejects.toMatchObject({
      code: 'not_single_object',
    });
    const cut = encodeEvent('ExecutionCommand', COMMAND).subarray(0, -1);
    await expect(registry.decode('ExecutionCommand', cut)).rejects.toMatchObject({ code: 'malformed_datum' });
  });

  it('rejects a record whose fingerprint was published with the wrong schema', async () => {
    const newer = newerSchema('right');
    await publishSchema({ ...newer, schemaJson: newerSchema('wrong').schemaJson });
    const registry = await startRegistry(NEVER_MS);
    await expect(registry.decode('ExecutionCommand', newer.bytes)).rejects.toMatchObject({
      code: 'incompatible_schema',
    });
  });

  it.each([
    ['the fingerprint that its library computes', (fingerprints: string[]) => fingerprints[1] ?? ''],
    [
      'the fingerprint in the byte order of the record',
      (fingerprints: string[]) => sentOrder(fingerprints[0]),
    ],
    ['upper-case digits', (fingerprints: string[]) => fingerprints[0]?.toUpperCase() ?? ''],
  ])('finds a schema by each of its fingerprints if its key is %s', async (_, keyOf) => {
    const { schemaJson, datum } = newerSchema('keyed', { type: 'long', logicalType: 'timestamp-millis' });
    const fingerprints = knownFingerprints(schemaJson);
    expect(fingerprints).toHaveLength(3);
    const registry = await startRegistry(NEVER_MS);
    await publishSchema({ fingerprint: keyOf(fingerprints), schemaJson });
    for (const fingerprint of fingerprints) {
      const bytes = singleObject(fingerprint, datum);
      expect({ ...(await registry.decode('ExecutionCommand', bytes)) }).toEqual(COMMAND);
    }
  });

  it('prefers the right schema to a wrong schema that is published later under the same fingerprint', async () => {
    const newer = newerSchema('right');
    await publishSchema(newer);
    await publishSchema({ ...newer, schemaJson: newerSchema('wrong').schemaJson });
    const registry = await startRegistry(NEVER_MS);
    expect({ ...(await registry.decode('ExecutionCommand', newer.bytes)) }).toEqual(COMMAND);
  });

  it('ignores records that do not contain a schema', async () => {
    await kafka.publisher.publish({
      topic: TOPICS.schemas,
      accountId: '',
      key: 'nonsense',
      value: Buffer.from('{'),
    });
    await kafka.publisher.publish({ topic: TOPICS.schemas, accountId: '', key: 'gone', value: null });
    const newer = newerSchema('fine');
    await publishSchema(newer);
    const registry = await startRegistry(NEVER_MS);
    expect({ ...(await registry.decode('ExecutionCommand', newer.bytes)) }).toEqual(COMMAND);
    expect([registry.name, registry.problem?.()]).toEqual(['schema registry', null]);
  });
});
