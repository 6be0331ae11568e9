import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { topicName } from '@hookline/shared/kafka/client/kafka-client';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { Producer } from 'kafkajs';
import { Client } from 'pg';
import { anAttemptDue, aWebhookCompleted, aWebhookDefinition, aWebhookRequested } from './builders.ts';
import { isolatedDatabase } from './isolated-database.ts';
import { isolatedRedis } from './isolated-redis.ts';
import { type IsolatedTopics, isolatedTopics } from './isolated-topics.ts';
import { topicProbe } from './topic-probe.ts';

describe('isolatedTopics and topicProbe', () => {
  let topics: IsolatedTopics;
  let producer: Producer;

  beforeAll(async () => {
    topics = await isolatedTopics();
    producer = topics.client.kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
  });
  afterAll(async () => {
    await producer.disconnect();
    await topics[Symbol.asyncDispose]();
  });

  const write = async (spec: { name: string }, value: Buffer | null): Promise<void> => {
    await producer.send({
      topic: topicName(topics.client, spec),
      messages: [{ key: 'k', value, partition: 1 }],
    });
  };

  test('provide a probe that returns records written before and after its start, each once', async () => {
    const before = aWebhookRequested();
    await write(TOPICS.requested, encodeEvent('WebhookRequested', before));
    await using probe = await topicProbe(topics);
    expect(await probe.next('WebhookRequested')).toEqual(before);

    const [first, second] = [aWebhookCompleted(), aWebhookCompleted({ status: 'error' })];
    await write(TOPICS.completed, encodeEvent('WebhookCompleted', first));
    await write(TOPICS.completed, encodeEvent('WebhookCompleted', second));
    expect(await probe.next('WebhookCompleted', ({ status }) => status === 'error')).toEqual(second);
    expect(await probe.next('WebhookCompleted')).toEqual(first);
    expect(probe.all('WebhookCompleted')).toEqual([first, second]);
    await expect(probe.next('WebhookCompleted', undefined, 10)).rejects.toThrow(first.executionId);
  });

  test('provide records with their topic, and without a value for tombstones and undecodable bytes', async () => {
    await using probe = await topicProbe(topics);
    await write(TOPICS.definitions, null);
    await write(TOPICS.definitions, Buffer.from('no event'));
    await write(TOPICS.due, encodeEvent('AttemptDue', anAttemptDue()));
    expect(await probe.nextRecord('AttemptDue')).toMatchObject({
      topic: 'webhook.due',
      partition: 1,
      key: 'k',
    });
    await write(TOPICS.definitions, encodeEvent('WebhookDefinition', aWebhookDefinition()));
    const definition = await probe.next('WebhookDefinition');
    expect(probe.all('WebhookDefinition')).toEqual([definition]);
    expect(probe.records('WebhookDefinition')).toMatchObject([
      { bytes: null, value: null },
      { bytes: Buffer.from('no event'), value: null },
      { value: definition },
    ]);
  });
});

test('isolatedDatabase creates databases that share nothing and can be dropped while in use', async () => {
  await using one = await isolatedDatabase();
  const other = await isolatedDatabase();
  await query(one.databaseUrl, 'CREATE TABLE mine (id int)');
  await expect(query(other.databaseUrl, 'SELECT * FROM mine')).rejects.toThrow('does not exist');

  const client = new Client({ connectionString: other.databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  await other.drop();
  await expect(query(other.databaseUrl, 'SELECT 1')).rejects.toThrow('does not exist');
});

test('isolatedDatabase creates migrated databases, even if it is called concurrently', async () => {
  const databases = await Promise.all([1, 2, 3].map(async () => isolatedDatabase({ migrated: true })));
  for (const { databaseUrl, drop } of databases) {
    await expect(query(databaseUrl, 'SELECT * FROM webhook_executions')).resolves.toMatchObject({ rows: [] });
    await drop();
  }
});

test('isolatedRedis returns a different key prefix each time', async () => {
  const [one, other] = [await isolatedRedis(), await isolatedRedis()];
  expect(one.redisUrl).toBe(other.redisUrl);
  expect(one.keyPrefix).not.toBe(other.keyPrefix);
});

async function query(connectionString: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
