import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ServiceName, SERVICE_ACCESS } from '@hookline/shared/deployment/service-access';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import { type IsolatedRedis, isolatedRedis } from '@hookline/testkit/isolated-redis';
import { type IsolatedTopics, isolatedTopics } from '@hookline/testkit/isolated-topics';
import { type StartingService, startingService } from '../support/starting-service.ts';
import { storeDoor } from '../support/store-door.ts';

/** Services are started before their stores. Each logs that it waits, and continues once the store is available. */

const SERVICES = (Object.keys(SERVICE_ACCESS) as ServiceName[]).filter((name) =>
  ['config-api', 'dispatcher', 'retry-scheduler', 'log-ingestor'].includes(name),
);

let topics: IsolatedTopics;
let database: IsolatedDatabase;
let redis: IsolatedRedis;
let env: Record<string, string>;

beforeAll(async () => {
  [topics, database, redis] = await Promise.all([
    isolatedTopics(),
    isolatedDatabase({ migrated: true }),
    isolatedRedis(),
  ]);
  env = {
    KAFKA_BROKERS: topics.brokers.join(','),
    HOOKLINE_TOPIC_PREFIX: topics.prefix,
    HOOKLINE_PARTITIONS: String(topics.partitions),
    HOOKLINE_MASTER_KEYS: `test:${randomBytes(32).toString('base64')}`,
    HOOKLINE_ADMIN_KEY: randomBytes(32).toString('base64url'),
    DATABASE_URL: database.databaseUrl,
    REDIS_URL: redis.redisUrl,
    HOOKLINE_LOCAL: '1',
  };
});

afterAll(async () => {
  await database?.drop();
  await topics?.[Symbol.asyncDispose]();
});

/**
 * Returns the messages that the service logged at levels other than info, except messages about the tests' settings.
 */
function warnings({ lines }: StartingService): string[] {
  return lines
    .filter(({ level, msg }) => level !== 'info' && !String(msg).startsWith('HOOKLINE_'))
    .map(({ level, msg }) => `${String(level)}: ${String(msg)}`);
}

describe.each(SERVICES)('%s, started while Kafka is down,', (service) => {
  it('is alive but not ready, and starts once Kafka is available', async () => {
    await using door = await storeDoor(topics.brokers[0] ?? '');
    await using process = await startingService(service, { ...env, KAFKA_BROKERS: door.address });

    expect(await process.logged('Kafka cannot be reached')).toMatch(
      /^Kafka cannot be reached: .*ECONNREFUSED.*the start waits/,
    );
    expect(await process.get('/healthz')).toMatchObject({ status: 200 });
    const ready = await process.get('/readyz');
    expect(ready).toMatchObject({
      status: 503,
      body: expect.stringContaining('"part":"topics","problem":"Kafka cannot be reached: '),
    });

    await door.open();
    expect(await process.logged('started')).toBe('started');
    expect(await process.get('/readyz')).toMatchObject({ status: 200 });
    expect(warnings(process)).toEqual([expect.stringMatching(/^warn: Kafka cannot be reached/)]);
    expect(await process.logged('Kafka can be')).toBe('Kafka can be reached now; the start continues');
    expect(await process.stop()).toBe(0);
  });
});

describe('config-api, while it waits for Kafka,', () => {
  it('responds to API requests with 503, and exits immediately with 0 when it is stopped', async () => {
    await using door = await storeDoor(topics.brokers[0] ?? '');
    const process = await startingService('config-api', { ...env, KAFKA_BROKERS: door.address });
    expect(await process.logged('Kafka cannot be reached')).toContain('the start waits');
    expect(await process.get('/api/v1/api-keys')).toMatchObject({
      status: 503,
      body: expect.stringContaining('"code":"starting"'),
    });
    expect(await process.stop()).toBe(0);
    const messages = process.lines.map(({ msg }) => msg);
    expect(messages.slice(-2)).toEqual(['stopping', 'stopped']);
    expect(messages).not.toContain('started');
  });
});

it('topics that differ from the catalogue abort the start with the reason', async () => {
  const wrong = { ...env, HOOKLINE_PARTITIONS: String(topics.partitions + 1) };
  const process = await startingService('retry-scheduler', wrong);
  expect(await process.exitCode).toBe(1);
  expect(JSON.stringify(process.lines.at(-1))).toContain('Topics differ from the catalogue');
});

describe.each(['config-api', 'log-ingestor'] as const)('%s, started while Postgres is down,', (service) => {
  it('is alive but not ready, and starts once Postgres is available', async () => {
    const url = new URL(database.databaseUrl);
    await using door = await storeDoor(url.host);
    url.host = door.address;
    await using process = await startingService(service, { ...env, DATABASE_URL: url.href });

    expect(await process.logged('Postgres cannot be reached')).toMatch(
      /^Postgres cannot be reached: .*ECONNREFUSED.*the start waits/,
    );
    expect(await process.get('/healthz')).toMatchObject({ status: 200 });
    expect(await process.get('/readyz')).toMatchObject({
      status: 503,
      body: expect.stringContaining('Postgres cannot be reached: '),
    });

    await door.open();
    expect(await process.logged('started')).toBe('started');
    expect(await process.get('/readyz')).toMatchObject({ status: 200 });
    expect(warnings(process)).toEqual([expect.stringMatching(/^warn: Postgres cannot be reached/)]);
  });
});
