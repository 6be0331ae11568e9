/**
 * A workflow engine in TypeScript without Hookline's SDK: requests one webhook call and follows the outcomes of its
 * account until it is stopped. Uses kafkajs and avsc. The environment variables are in examples/engines/README.md.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import avro from 'avsc';
import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';

const { env } = process;
const prefix = env['HOOKLINE_TOPIC_PREFIX'] ?? '';
const avroDir = env['AVRO_DIR'] ?? 'packages/shared/avro';
const accountId = env['ACCOUNT_ID'] ?? '';
const kafka = new Kafka({
  clientId: 'engine-typescript',
  brokers: (env['KAFKA_BROKERS'] ?? '').split(','),
  logLevel: logLevel.ERROR,
});

/**
 * Computes the CRC-64 of Avro's specification, which avsc lacks. Returns its eight bytes in the order in which they are
 * sent.
 */
function crc64(bytes: Uint8Array): Buffer {
  const EMPTY = 0xc15d213aa4d7a795n;
  let crc = EMPTY;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? EMPTY : 0n);
  }
  const fingerprint = Buffer.alloc(8);
  fingerprint.writeBigUInt64LE(crc);
  return fingerprint;
}

/** Reads a canonical schema, whose bytes are exactly those from which the specification computes the fingerprint. */
function schemaIn(file: string): { type: avro.Type; header: Buffer } {
  const text = readFileSync(join(avroDir, file));
  const type = avro.Type.forSchema(JSON.parse(text.toString()) as avro.Schema);
  return { type, header: Buffer.concat([Buffer.from([0xc3, 0x01]), crc64(text)]) };
}

async function publish(): Promise<void> {
  const { type, header } = schemaIn('webhook-requested/v1.canonical.avsc');
  const request = {
    executionId: randomUUID(),
    accountId,
    workflowId: env['WORKFLOW_ID'],
    actionId: env['ACTION_ID'],
    workflowExecutionId: null,
    stepId: null,
    context: JSON.stringify({ contact: { email: 'zoë@example.com' } }),
    metadata: { engine: 'typescript' },
    requestedAt: Date.now(),
    notBefore: null,
    expiresAt: null,
    retryPolicy: null,
  };
  const value = Buffer.concat([header, type.toBuffer(request)]);
  // kafkajs selects the partition by murmur2 of the key, as Hookline does, unless the message specifies one.
  const partition = env['PARTITION'] === undefined ? {} : { partition: Number(env['PARTITION']) };
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({
    topic: `${prefix}webhook.requested`,
    acks: -1,
    compression: CompressionTypes.GZIP,
    messages: [{ key: accountId, value, ...partition }],
  });
  await producer.disconnect();
}

/** Returns the published versions of the outcome schema, keyed by the first ten bytes of a record, in hex. */
function outcomeTypes(): Map<string, avro.Type> {
  const files = readdirSync(join(avroDir, 'webhook-completed')).filter((name) =>
    name.endsWith('.canonical.avsc'),
  );
  const versions = files.map((name) => schemaIn(`webhook-completed/${name}`));
  return new Map(versions.map(({ type, header }) => [header.toString('hex'), type]));
}

async function follow(): Promise<void> {
  const types = outcomeTypes();
  // A real engine uses a unique key in its database instead, written in the transaction that uses the outcome.
  const seen = new Set<string>();
  const consumer = kafka.consumer({ groupId: env['GROUP_ID'] ?? 'engine-typescript' });
  await consumer.connect();
  await consumer.subscribe({ topic: `${prefix}webhook.completed`, fromBeginning: true });
  await consumer.run({
    // kafkajs commits after this function has returned, so a crash before the commit repeats the outcome.
    eachMessage: ({ message: { value } }) => {
      const type = types.get(value?.toString('hex', 0, 10) ?? '');
      if (!value || !type) throw new Error('AVRO_DIR has no schema for this outcome; update its schemas');
      const outcome = type.fromBuffer(value.subarray(10)) as { accountId: string; executionId: string };
      if (outcome.accountId !== accountId) return Promise.resolve();
      const isRepeat = seen.has(outcome.executionId);
      seen.add(outcome.executionId);
      const line = isRepeat ? { repeat: outcome.executionId } : { outcome };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      return Promise.resolve();
    },
  });
}

await publish();
await follow();
