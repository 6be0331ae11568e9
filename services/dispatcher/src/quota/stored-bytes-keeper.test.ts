/** In Redis, counts of stored bytes outlive the dispatcher that made them, but no request depends on Redis. */
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createRedisClient, type RedisClient } from '@hookline/shared/runtime/redis-client';
import { isolatedRedis } from '@hookline/testkit/isolated-redis';
import { freePort } from '@hookline/testkit/stack/free-port';
import { startRedis } from '@hookline/testkit/stack/redis';
import { createRedisStoredBytes, storedBytesKey } from './redis-stored-bytes.ts';
import { utcDayOf, StoredBytes } from './stored-bytes.ts';
import { StoredBytesKeeper } from './stored-bytes-keeper.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const DAY = utcDayOf(NOW);
const QUOTA = 1_000;

let stops: (() => Promise<unknown>)[];

beforeEach(() => {
  stops = [];
});

afterEach(async () => {
  for (const stop of stops.toReversed()) await stop();
});

interface Owner {
  redis: RedisClient;
  usages: StoredBytes;
  keeper: StoredBytesKeeper;
  logs: string[];
  /** Resolves when a line with this text is logged. */
  logged(text: string): Promise<unknown>;
  /** Counts a request of the account `a`. */
  send(bytes: number): string;
}

/** The part of a dispatcher that counts stored bytes. By default, it writes only when it is stopped. */
async function owner(
  { redisUrl, keyPrefix }: { redisUrl: string; keyPrefix: string },
  { everyMs = 3_600_000 } = {},
): Promise<Owner> {
  const logs: string[] = [];
  const lines = new EventEmitter();
  const write = (line: string): void => {
    logs.push(line);
    lines.emit((JSON.parse(line) as { msg: string }).msg);
  };
  const logger = createLogger('test', 'info', { write });
  const redis = createRedisClient(
    { logger },
    { url: redisUrl, caFile: '', prefix: keyPrefix, answerMs: 5_000 },
  );
  await redis.start();
  stops.push(() => redis.stop());
  const usages = new StoredBytes({ maxAccounts: 10 });
  const store = createRedisStoredBytes({ redis });
  const keeper = new StoredBytesKeeper(
    { usages, store, quotaOf: () => QUOTA, logger, now: () => NOW },
    { everyMs },
  );
  stops.push(() => keeper.stop());
  const send = (bytes: number): string => {
    keeper.schedule('a');
    return usages.decide('a', { bytes, acceptedAt: NOW }, QUOTA);
  };
  return { redis, usages, keeper, logs, send, logged: (text) => once(lines, text) };
}

test('the next owner continues the count, which is kept for more than a day', async () => {
  const place = await isolatedRedis();
  const first = await owner(place);
  first.send(700);
  await first.keeper.stop();
  const [ttl] = await first.redis.send([
    'eval',
    `return redis.call('PTTL', KEYS[1])`,
    1,
    storedBytesKey('a'),
  ]);
  expect(Number(ttl)).toBeGreaterThan(86_400_000);

  const second = await owner(place);
  second.send(1);
  await second.keeper.stop();
  expect(second.usages.usageOf('a')).toEqual({ day: DAY, bytes: 700, refusedFrom: null });
  // The stored count is not replaced by the smaller count of an owner that has just begun.
  const third = await owner(place);
  third.send(1);
  await third.keeper.stop();
  expect(third.usages.usageOf('a')?.bytes).toBe(700);
});

test('an account that had used up its quota has a tenth of it left after a restart', async () => {
  const place = await isolatedRedis();
  const first = await owner(place);
  expect([first.send(1_000), first.send(1)]).toEqual(['accept', 'refuse first']);
  await first.keeper.stop();
  const second = await owner(place);
  second.send(1);
  await second.keeper.stop();
  expect(second.usages.usageOf('a')).toEqual({ day: DAY, bytes: 900, refusedFrom: NOW });
  expect([second.send(100), second.send(1)]).toEqual(['accept', 'refuse first']);
});

test.each([
  ['a number beyond all bounds', [String(DAY), '1e308', '']],
  ['text in place of a number', [String(DAY), 'many', 'yesterday']],
  ['a negative number', [String(DAY), '-5', '-5']],
  ['an invalid day', ['NaN', '900', '']],
])('%s in Redis is ignored', async (_, [day = '', bytes = '', refusedFrom = '']) => {
  const place = await isolatedRedis();
  const first = await owner(place);
  const key = storedBytesKey('a');
  await first.redis.send(['hset', key, 'day', day, 'bytes', bytes, 'refusedFrom', refusedFrom]);
  first.send(10);
  await first.keeper.stop();
  expect(first.usages.usageOf('a')).toEqual({ day: DAY, bytes: 10, refusedFrom: null });
  expect(first.logs.filter((line) => line.includes('stored bytes'))).toEqual([]);
});

test('without Redis, requests are counted in memory, and the count is written once Redis is back', async () => {
  const port = await freePort();
  const dataDir = await mkdtemp(join(tmpdir(), 'hookline-redis-'));
  const options = { port, dataDir, quick: true, progress: () => undefined };
  const start = () => startRedis({ ...options, signal: new AbortController().signal });
  stops.push(() => rm(dataDir, { recursive: true }));
  const place = { redisUrl: `redis://127.0.0.1:${port}`, keyPrefix: '' };
  const away = await owner(place, { everyMs: 20 });
  const lost = away.logged('stored bytes cannot be saved; counting only in memory');
  expect([away.send(600), away.send(600), away.send(1)]).toEqual(['accept', 'accept', 'refuse first']);
  await lost;
  const saved = away.logged('stored bytes can be saved again');
  const server = await start();
  stops.push(() => server.stop());
  await saved;
  const [stored] = await away.redis.send(['hget', storedBytesKey('a'), 'bytes']);
  expect(stored).toBe('1200');
  // An outage is logged once, however often writing fails.
  expect(away.logs.filter((line) => line.includes('counting only in memory'))).toHaveLength(1);
});
