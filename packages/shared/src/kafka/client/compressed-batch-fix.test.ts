/**
 * Reads compressed batches from a real broker that stores them as they were sent. The producers here are kafkajs with
 * the simplest encoders that the codecs allow; producers in other languages are tested in `foreign-engines.test.ts`.
 */
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createArrivals, DEFAULT_DEADLINE_MS, type Arrivals } from '@hookline/testkit/arrivals';
import { kafkaFixture, type KafkaFixture } from '@hookline/testkit/kafka-fixture';
import { storeAsSent } from '@hookline/testkit/stored-as-sent';
import kafkajs, { type CompressionTypes as Compression, type Message } from 'kafkajs';
import { decodeEvent } from '../../contracts/event-codec.ts';
import { TOPICS } from '../../contracts/topics.ts';
import { createLogger } from '../../runtime/logger.ts';
import type { ConsumedRecord } from '../consume/consumed-record.ts';
import { createKafkaClient, topicName, type KafkaClient } from './kafka-client.ts';
import { createTailConsumer } from '../consume/tail-consumer.ts';

const { CompressionCodecs, CompressionTypes, Partitioners } = kafkajs;
const MIB = 1_048_576;

/** Encodes all bytes as a single literal. */
function snappy({ buffer }: { buffer: Buffer }): Promise<Buffer> {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(buffer.length - 1);
  const preamble: number[] = [];
  let rest = buffer.length;
  for (; rest > 0x7f; rest >>>= 7) preamble.push((rest & 0x7f) | 0x80);
  return Promise.resolve(Buffer.concat([Buffer.from([...preamble, rest, 0xfc]), size, buffer]));
}

/** Encodes one uncompressed block; the header checksum must match these flags, because the broker verifies it. */
function lz4({ buffer }: { buffer: Buffer }): Promise<Buffer> {
  const size = Buffer.alloc(4);
  size.writeUInt32LE((buffer.length | 0x80000000) >>> 0);
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);
  return Promise.resolve(Buffer.concat([header, size, buffer, Buffer.alloc(4)]));
}

const compressZstd = promisify(zstdCompress);
const unused = (): Promise<Buffer> => Promise.reject(new Error('kafkajs itself must not decompress'));

let kafka: KafkaFixture;
let logged: string[];
/**
 * Log lines about batches that were not read. kafkajs logs other lines too: on a busy machine, the consumer may lose
 * its membership while tens of MiB are decompressed, but it loses no record.
 */
const skipped = (): string[] =>
  logged.filter((line) => line.includes('skipped a record batch that cannot be read'));
let client: KafkaClient;
let arrivals: Arrivals<ConsumedRecord>;
const codecsBefore = { ...CompressionCodecs };

beforeAll(() => {
  CompressionCodecs[CompressionTypes.Snappy] = () => ({ compress: snappy, decompress: unused });
  CompressionCodecs[CompressionTypes.LZ4] = () => ({ compress: lz4, decompress: unused });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compressZstd(buffer),
    decompress: unused,
  });
});

afterAll(() => void Object.assign(CompressionCodecs, codecsBefore));

beforeEach(async () => {
  kafka = await kafkaFixture([TOPICS.requested]);
  await storeAsSent(kafka.client, [TOPICS.requested]);
  logged = [];
  const logger = createLogger('test', 'warn', { write: (line) => void logged.push(line) });
  const { brokers, prefix, partitions } = kafka;
  client = createKafkaClient({ logger }, { brokers, prefix, partitions, clientId: 'compressed' });
  arrivals = createArrivals(({ partition, offset }) => `${partition}/${offset}`);
  const options = { topics: [TOPICS.requested], from: 'beginning' } as const;
  await kafka.run(createTailConsumer({ client, onRecord: (one) => arrivals.add(one) }, options));
});

afterEach(async () => kafka[Symbol.asyncDispose]());

async function send(compression: Compression, messages: Message[]): Promise<void> {
  const producer = client.kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const placed = messages.map((message) => ({ partition: 0, ...message }));
  await producer.send({ topic: topicName(client, TOPICS.requested), compression, messages: placed });
  await producer.disconnect();
}

function texts(count: number): Promise<string[]> {
  const expectation = { wanted: `${count} records`, deadlineMs: DEFAULT_DEADLINE_MS };
  return arrivals.until(
    (all) => (all.length >= count ? all.map(({ value }) => String(value)) : undefined),
    expectation,
  );
}

describe('a batch', () => {
  it.each([
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ])('compressed with %s is read, together with the records before and after it', async (_, compression) => {
    const values = Array.from({ length: 200 }, (_, n) => `${n} ${'x'.repeat(n)}`);
    await send(CompressionTypes.None, [{ value: 'before' }]);
    await send(
      compression,
      values.map((value) => ({ key: 'k', value, headers: { h: 'v' } })),
    );
    await send(CompressionTypes.None, [{ value: 'after' }]);

    expect(await texts(202)).toEqual(['before', ...values, 'after']);
    const { key, headers, offset, appendedAt } = arrivals.all[1] ?? {};
    expect({ key: String(key), headers, offset }).toEqual({ key: 'k', headers: { h: 'v' }, offset: 1 });
    expect(appendedAt).toBeGreaterThan(1e12);
    expect(logged).toEqual([]);
  });
});

describe('a batch that exceeds the bound when decompressed', () => {
  it('is replaced by one record with the reason, and the records after it are read', async () => {
    const reason = `zstd: more than ${64 * MIB} bytes when decompressed`;
    await send(CompressionTypes.None, [{ value: 'before' }]);
    await send(CompressionTypes.ZSTD, [{ value: 'lost' }, { value: Buffer.alloc(65 * MIB) }]);
    await send(CompressionTypes.None, [{ value: 'after' }]);

    const [before, substitute = '', after] = await texts(3);
    expect([before, after]).toEqual(['before', 'after']);
    expect(arrivals.all.map(({ offset }) => offset)).toEqual([0, 2, 3]);
    expect(() => decodeEvent('WebhookRequested', Buffer.from(substitute))).toThrow(
      `the batch of records that ended here was not read: ${reason}`,
    );
    expect(skipped().map((line) => JSON.parse(line) as Record<string, unknown>)).toEqual([
      expect.objectContaining({
        level: 'error',
        topic: topicName(client, TOPICS.requested),
        partition: 0,
        firstOffset: 1,
        lastOffset: 2,
        records: 2,
        reason,
      }),
    ]);
  });
});

it('several batches that exceed the bound only in total are all read, a few per fetch', async () => {
  const large = (mark: number): Buffer => Buffer.alloc(10 * MIB, mark);
  for (let mark = 0; mark < 8; mark++) await send(CompressionTypes.ZSTD, [{ value: large(mark) }]);
  await send(CompressionTypes.None, [{ value: 'after' }]);
  await texts(9);
  expect(arrivals.all.map(({ value }) => value?.length)).toEqual([...Array<number>(8).fill(10 * MIB), 5]);
  expect(arrivals.all.slice(0, 8).map(({ value }) => value?.[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(skipped()).toEqual([]);
});
