import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type AccountEndpointStates,
  endpointStatesKey,
  readEndpointStates,
} from '@hookline/shared/contracts/endpoint-state';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { createRedisClient } from '@hookline/shared/runtime/redis-client';
import { isolatedRedis } from '@hookline/testkit/isolated-redis';
import { freePort } from '@hookline/testkit/stack/free-port';
import { startRedis } from '@hookline/testkit/stack/redis';
import { Redis } from 'ioredis';
import type { EndpointId } from './endpoint-entry.ts';
import { createEndpointStateMetrics } from './endpoint-state-metrics.ts';
import { createEndpointStates, type EndpointStates } from './endpoint-states.ts';
import { createRedisEndpointStates, type EndpointStateStore } from './redis-endpoint-states.ts';

const NONE = { account: null, endpoint: null };
const FRESH = { promised: false };
const HOOK = { accountId: 'a', endpoint: 'https://example.com/hook' };
const OTHER = { accountId: 'a', endpoint: 'https://example.com/other' };

let clock: number;
let stops: (() => Promise<unknown>)[];

beforeEach(() => {
  clock = Date.now();
  stops = [];
});

afterEach(async () => {
  for (const stop of stops.toReversed()) await stop();
});

interface Owner {
  states: EndpointStates;
  store: EndpointStateStore;
  logs: string[];
  /** Fields of each write that went well. */
  written: string[][];
  load: { inFlight: number; waiting: number };
  fail(id?: EndpointId): void;
  succeed(id?: EndpointId): void;
  /** Resolves when the next write has gone well or failed. */
  next(how: 'written' | 'failed'): Promise<unknown>;
}

/** The states of one dispatcher. */
async function owner(
  { redisUrl, keyPrefix }: { redisUrl: string; keyPrefix: string },
  { writeEveryMs = 20 } = {},
): Promise<Owner> {
  const logs: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => void logs.push(line) });
  const redis = createRedisClient(
    { logger },
    { REDIS_URL: redisUrl, REDIS_CA_FILE: '', prefix: keyPrefix, answerMs: 5_000 },
  );
  const store = createRedisEndpointStates({ redis });
  const writes = new EventEmitter();
  const written: string[][] = [];
  const told: EndpointStateStore = {
    ...store,
    write: async (accounts) => {
      try {
        const refused = await store.write(accounts);
        written.push(accounts.flatMap(({ fields }) => fields.map(({ name }) => name)));
        setImmediate(() => writes.emit('written'));
        return refused;
      } catch (error) {
        setImmediate(() => writes.emit('failed'));
        throw error;
      }
    },
  };
  const load = { inFlight: 0, waiting: 0 };
  const states = createEndpointStates(
    {
      store: told,
      loadOf: () => load,
      metrics: createEndpointStateMetrics(createMetrics('test')),
      logger,
      now: () => clock,
    },
    { baseWaitMs: 5_000, writeEveryMs },
  );
  await redis.start();
  await states.start();
  stops.push(
    () => redis.stop(),
    () => states.stop(),
  );
  const call = (id: EndpointId, errorType: 'timeout_error' | null): void => {
    const admitted = states.admit(id, NONE, FRESH);
    if (admitted.kind === 'later') throw new Error(`not now, at ${admitted.at}`);
    admitted.ended(errorType);
  };
  return {
    states,
    store,
    logs,
    written,
    load,
    fail: (id = HOOK) => call(id, 'timeout_error'),
    succeed: (id = HOOK) => call(id, null),
    next: (how) => once(writes, how),
  };
}

/** Opens the circuit; resolves when that is written. */
async function open(one: Owner, id: EndpointId = HOOK): Promise<void> {
  const written = one.next('written');
  for (let i = 0; i < 10; i++) one.fail(id);
  await written;
}

/** Redis as config-api and people see it. */
function onlooker({ redisUrl, keyPrefix }: { redisUrl: string; keyPrefix: string }) {
  const redis = new Redis(redisUrl, { keyPrefix: `${keyPrefix}hookline:` });
  stops.push(async () => redis.disconnect());
  return {
    redis,
    states: async (accountId = 'a'): Promise<AccountEndpointStates> =>
      readEndpointStates(Object.entries(await redis.hgetall(endpointStatesKey(accountId))), clock),
  };
}

/** A Redis of one's own, to be killed. */
async function ownRedis() {
  const port = await freePort();
  const dataDir = await mkdtemp(join(tmpdir(), 'hookline-redis-'));
  const start = () =>
    startRedis({
      port,
      dataDir,
      quick: true,
      progress: () => undefined,
      signal: new AbortController().signal,
    });
  let server = await start();
  stops.push(
    () => rm(dataDir, { recursive: true }),
    () => server.stop(),
  );
  return {
    redisUrl: `redis://127.0.0.1:${port}`,
    keyPrefix: '',
    kill: () => server.stop(),
    revive: async () => void (server = await start()),
  };
}

describe('what is written', () => {
  test('a breaker that opens, at once and for a day', async () => {
    const place = await isolatedRedis();
    const { redis, states } = onlooker(place);
    const one = await owner(place, { writeEveryMs: 3_600_000 });
    one.load.inFlight = 3;
    one.load.waiting = 7;
    await open(one);
    expect(await states()).toMatchObject({
      account: { rate: { startsTat: 0, reservedTat: 0 } },
      endpoints: new Map([
        [
          HOOK.endpoint,
          {
            breaker: { state: 'open', openedAt: clock, nextProbeAt: clock + 10_000, consecutiveFailures: 10 },
            inFlight: 3,
            waiting: 7,
            updatedAt: clock,
          },
        ],
      ]),
    });
    expect(await redis.pttl(endpointStatesKey('a'))).toBeGreaterThan(86_000_000);
    expect(one.logs.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        msg: 'breaker changed',
        ...HOOK,
        from: 'closed',
        to: 'open',
        reason: 'failures_in_a_row',
      }),
    );
  });

  test('counters, in intervals, while they change, and the last of them at the end', async () => {
    const place = await isolatedRedis();
    const { states } = onlooker(place);
    const one = await owner(place);
    const written = one.next('written');
    one.fail();
    await written;
    one.succeed(OTHER);
    one.succeed(OTHER);
    await one.states.stop();
    expect(one.written).toEqual([
      ['account', HOOK.endpoint],
      ['account', OTHER.endpoint],
    ]);
    expect((await states()).endpoints).toEqual(
      new Map([
        [HOOK.endpoint, expect.objectContaining({ breaker: expect.objectContaining({ failures: 1 }) })],
        [OTHER.endpoint, expect.objectContaining({ breaker: expect.objectContaining({ calls: 2 }) })],
      ]),
    );
  });

  test('what an open breaker is, again after a minute, so that an emptied Redis shows it', async () => {
    const place = await ownRedis();
    const { redis, states } = onlooker(place);
    const one = await owner(place);
    await open(one);
    await redis.flushall();
    const written = one.next('written');
    clock += 60_000;
    await written;
    expect((await states()).endpoints.get(HOOK.endpoint)?.breaker.state).toBe('open');
    one.succeed();
  });

  test('dead endpoints are removed', async () => {
    const place = await isolatedRedis();
    const { redis } = onlooker(place);
    const one = await owner(place);
    const key = endpointStatesKey('a');
    await redis.hset(key, 'https://example.com/dead', JSON.stringify({ updatedAt: clock - 86_400_000 }));
    await redis.hset(key, 'https://example.com/odd', 'odd');
    await redis.hset(key, 'https://example.com/alive', JSON.stringify({ updatedAt: clock - 86_399_999 }));
    await redis.hset(key, 'owner', '5');
    await one.store.prune(['a'], clock);
    expect((await redis.hkeys(key)).sort()).toEqual(['https://example.com/alive', 'owner']);
  });
});

describe('the next owner', () => {
  test('keeps an open breaker open, and the slots that were promised', async () => {
    const place = await isolatedRedis();
    const before = await owner(place);
    await open(before);
    const limits = { account: null, endpoint: { perSecond: 0.1, burst: 1 } };
    for (let i = 0; i < 5; i++) before.states.admit(OTHER, limits, FRESH);
    await before.states.stop();
    const next = await owner(place);
    await next.states.restore(['a', 'unknown']);
    expect(next.states.refusal(HOOK, NONE)).toMatchObject({ reason: 'circuit_open', at: clock + 10_000 });
    expect(next.states.admit(OTHER, limits, FRESH)).toMatchObject({
      reason: 'rate_limited',
      at: clock + 50_000,
    });
  });

  test('has its states overwritten by nobody before it', async () => {
    const place = await isolatedRedis();
    const { states } = onlooker(place);
    const before = await owner(place);
    await open(before);
    clock += 10_000;
    const next = await owner(place);
    await next.states.restore(['a']);
    const closed = next.next('written');
    for (let i = 0; i < 3; i++) next.succeed();
    await closed;
    await next.states.stop();
    const refused = before.next('written');
    before.fail();
    await refused;
    expect((await states()).endpoints.get(HOOK.endpoint)?.breaker.state).toBe('closed');
    // It does not try again.
    before.succeed(OTHER);
    await before.states.stop();
    expect(before.logs.filter((line) => line.includes('a later owner has them'))).toHaveLength(1);
    // It goes on by itself all the same.
    expect(before.states.refusal(HOOK, NONE)).toMatchObject({ reason: 'circuit_open' });
  });

  test('is not refused because its clock is behind', async () => {
    const place = await isolatedRedis();
    await open(await owner(place));
    clock -= 60_000;
    const next = await owner(place);
    await next.states.restore(['a']);
    await open(next, OTHER);
    const { endpoints } = await onlooker(place).states();
    expect(endpoints.get(OTHER.endpoint)?.breaker.state).toBe('open');
  });

  test('gets a higher epoch than the one before, also with a clock that is behind', async () => {
    const { store } = await owner(await isolatedRedis());
    await store.write([{ accountId: 'a', epoch: 1_000, fields: [{ name: 'x', version: 1, json: '{}' }] }]);
    const claimed = await store.claim(['none', 'a'], 900);
    expect(claimed).toEqual([
      { accountId: 'a', epoch: 1_001, fields: expect.arrayContaining([['x', '{}']]) },
    ]);
    expect(await store.claim(['a'], 2_000)).toMatchObject([{ epoch: 2_000 }]);
    const late = { accountId: 'a', epoch: 1_001, fields: [{ name: 'x', version: 9, json: '{"late":1}' }] };
    expect(await store.write([late])).toEqual(['a']);
    expect(await store.claim(['a'], 3_000)).toMatchObject([
      { fields: expect.arrayContaining([['x', '{}']]) },
    ]);
  });

  test('is written in the order of versions, whatever the order of arrival', async () => {
    const { store } = await owner(await isolatedRedis());
    const write = async (version: number, epoch = 5): Promise<void> => {
      const json = JSON.stringify({ version, epoch });
      await store.write([{ accountId: 'a', epoch, fields: [{ name: 'x', version, json }] }]);
    };
    await write(2);
    await write(1);
    const stored = async (): Promise<string | undefined> =>
      new Map((await store.claim(['a'], 0))[0]?.fields).get('x');
    expect(await stored()).toBe('{"version":2,"epoch":5}');
    await write(1, 9);
    expect(await stored()).toBe('{"version":1,"epoch":9}');
  });
});

describe('without Redis', () => {
  test('killed midway: calls go on, and what was missed is written when it is back', async () => {
    const place = await ownRedis();
    const one = await owner(place);
    one.succeed();
    await one.next('written');
    await place.kill();
    const failed = one.next('failed');
    for (let i = 0; i < 10; i++) one.fail();
    await failed;
    expect(one.states.refusal(HOOK, NONE)).toMatchObject({ reason: 'circuit_open' });
    one.succeed(OTHER);
    const written = one.next('written');
    await place.revive();
    await written;
    const { endpoints } = await onlooker(place).states();
    expect([...endpoints.keys()].sort()).toEqual([HOOK.endpoint, OTHER.endpoint]);
    expect(endpoints.get(HOOK.endpoint)?.breaker.state).toBe('open');
    const told = one.logs
      .map((line) => JSON.parse(line).msg)
      .filter((msg) => msg.startsWith('endpoint states'));
    expect(told).toEqual([
      'endpoint states cannot be written; delivery goes on',
      'endpoint states are written again',
    ]);
  });

  test('never there: partitions do not wait for it', async () => {
    const one = await owner({ redisUrl: `redis://127.0.0.1:${await freePort()}`, keyPrefix: '' });
    await one.states.restore(['a']);
    one.succeed();
    expect(one.logs.join('')).toContain('breakers and rate limits start afresh');
  });

  test('silent: nothing waits for its answer', async () => {
    const place = await ownRedis();
    const { redis } = onlooker(place);
    const one = await owner(place);
    one.succeed();
    await one.next('written');
    await redis.call('CLIENT', 'PAUSE', '60000', 'ALL');
    const failed = one.next('failed');
    for (let i = 0; i < 10; i++) one.fail();
    expect(one.states.refusal(HOOK, NONE)).toMatchObject({ reason: 'circuit_open' });
    await failed;
    await one.states.restore(['b']);
    one.succeed({ accountId: 'b', endpoint: HOOK.endpoint });
  });
});
