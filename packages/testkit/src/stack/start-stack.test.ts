import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import { openClosing } from '../closing-connection.ts';
import { whyNoContainers } from './docker-engine.ts';
import { type StackAddresses, startStack } from './start-stack.ts';
import { IMAGES } from './store-containers.ts';

/** Returns the ways of starting a stack that are possible on this machine and permitted by HOOKLINE_STACK. */
async function waysToTry(): Promise<string[]> {
  const required = process.env['HOOKLINE_STACK'];
  if (required) return [required];
  const noContainers = await whyNoContainers(Object.values(IMAGES), () => undefined);
  return noContainers === undefined ? ['native', 'docker'] : ['native'];
}

describe.each(await waysToTry())('startStack, HOOKLINE_STACK=%s', (way) => {
  const NOTHING_GIVEN = { HOOKLINE_STACK: way };
  let dataRoot: string;

  beforeAll(async () => {
    dataRoot = await mkdtemp(join(tmpdir(), 'hookline-test-'));
    // If the tests run as root, Postgres runs as another user, which must be able to enter this folder.
    await chmod(dataRoot, 0o755);
  });
  afterAll(async () => rm(dataRoot, { recursive: true }));

  test('starts a working Kafka, Postgres and Redis, and leaves nothing behind when they are stopped', async () => {
    const progress: string[] = [];
    const stack = await startStack({
      env: NOTHING_GIVEN,
      dataRoot,
      onProgress: (line) => progress.push(line),
    });
    const how = way === 'docker' ? 'throwaway containers' : 'native processes';
    expect(progress).toContainEqual(
      expect.stringContaining(`Stack: kafka, postgres, redis as ${how}, because`),
    );
    const connections = await Promise.all(endpoints(stack).map(({ host, port }) => openClosing(host, port)));
    await expect(kafkaTopics(stack)).resolves.toEqual(['__consumer_offsets']);
    await expect(postgresVersion(stack)).resolves.toMatch(/^17\./);
    await expect(redisPing(stack)).resolves.toBe('PONG');

    await stack.stop();
    await stack.stop();
    await Promise.all(connections.map(({ closed }) => closed));
    for (const { host, port } of endpoints(stack))
      await expect(openClosing(host, port)).rejects.toThrow('ECONNREFUSED');
    expect(await readdir(dataRoot)).toEqual([]);
  });

  test('uses the stores whose addresses are given and starts nothing in their place', async () => {
    const env = {
      HOOKLINE_STACK: way,
      KAFKA_BROKERS: 'kafka-1.example:9092,kafka-2.example:9092',
      DATABASE_URL: 'postgres://db.example/hookline',
    };
    const given = await startStack({ env: { ...env, REDIS_URL: 'redis://redis.example' } });
    expect(given).toMatchObject({
      kafkaBrokers: ['kafka-1.example:9092', 'kafka-2.example:9092'],
      databaseUrl: 'postgres://db.example/hookline',
      redisUrl: 'redis://redis.example',
    });

    await using mixed = await startStack({ env });
    expect(mixed.databaseUrl).toBe('postgres://db.example/hookline');
    await expect(redisPing(mixed)).resolves.toBe('PONG');
  });

  test('reports which port is taken, and stops the stores that were starting', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const start = startStack({ env: NOTHING_GIVEN, dataRoot, ports: { redis: port } });
    await expect(start).rejects.toThrow(`port ${port}, wanted for redis, is taken`);
    squatter.close();
    expect(await readdir(dataRoot)).toEqual([]);
  });

  test('can be cancelled while it starts', async () => {
    const givenUp = new AbortController();
    const start = startStack({ env: NOTHING_GIVEN, dataRoot, signal: givenUp.signal });
    givenUp.abort();
    await expect(start).rejects.toThrow('aborted');
    expect(await readdir(dataRoot)).toEqual([]);
  });

  test('notifies its owner when a store ends by itself', async () => {
    const failure = Promise.withResolvers<Error>();
    await using stack = await startStack({
      env: {
        HOOKLINE_STACK: way,
        KAFKA_BROKERS: 'kafka.example:9092',
        DATABASE_URL: 'postgres://db.example/hookline',
      },
      onFailure: failure.resolve,
    });
    const client = new Redis(stack.redisUrl, { retryStrategy: () => null });
    client.on('error', () => client.disconnect());
    void client.call('SHUTDOWN').catch(() => undefined);
    expect((await failure.promise).message).toContain('Redis ended with 0');
  });
});

test('startStack rejects any value of HOOKLINE_STACK except docker and native', async () => {
  const start = startStack({ env: { HOOKLINE_STACK: 'podman' } });
  await expect(start).rejects.toThrow('HOOKLINE_STACK must be docker or native, not "podman"');
});

function endpoints({
  kafkaBrokers,
  databaseUrl,
  redisUrl,
}: StackAddresses): { host: string; port: number }[] {
  const urls = [`kafka://${kafkaBrokers[0]}`, databaseUrl, redisUrl].map((url) => new URL(url));
  return urls.map(({ hostname, port }) => ({ host: hostname, port: Number(port) }));
}

async function kafkaTopics({ kafkaBrokers }: StackAddresses): Promise<string[]> {
  const admin = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.ERROR }).admin();
  await admin.connect();
  try {
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

async function postgresVersion({ databaseUrl }: StackAddresses): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return rows[0]?.server_version ?? '';
}

async function redisPing({ redisUrl }: StackAddresses): Promise<string> {
  const client = new Redis(redisUrl);
  return client.ping().finally(() => client.disconnect());
}
