import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type EndpointState, endpointStatesKey } from '@hookline/shared/contracts/endpoint-state';
import { isolatedRedis } from '@hookline/testkit/isolated-redis';
import { freePort } from '@hookline/testkit/stack/free-port';
import { startRedis } from '@hookline/testkit/stack/redis';
import { HOOK, NONE, open, OTHER, StateOwners } from '../../testing/redis-state-owners.ts';

let owners: StateOwners;

beforeEach(() => {
  owners = new StateOwners();
});

afterEach(() => owners.stop());

/** Starts a separate Redis, which the test may kill. */
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
  owners.atEnd(() => rm(dataDir, { recursive: true }));
  owners.atEnd(() => server.stop());
  return {
    redisUrl: `redis://127.0.0.1:${port}`,
    keyPrefix: '',
    kill: () => server.stop(),
    revive: async () => void (server = await start()),
  };
}

describe('endpoint states in Redis', () => {
  test('contain a circuit as soon as it opens, and are kept for a day', async () => {
    const place = await isolatedRedis();
    const { redis, states } = owners.observer(place);
    const one = await owners.owner(place, { writeEveryMs: 3_600_000 });
    one.load.inFlight = 3;
    one.load.waiting = 7;
    await open(one);
    expect(await states()).toMatchObject({
      account: { rate: { startsTat: 0, reservedTat: 0 } },
      endpoints: new Map([
        [
          HOOK.endpoint,
          {
            breaker: {
              state: 'open',
              openedAt: owners.now,
              nextProbeAt: owners.now + 10_000,
              consecutiveFailures: 10,
            },
            inFlight: 3,
            waiting: 7,
            updatedAt: owners.now,
          },
        ],
      ]),
    });
    expect(await redis.pttl(endpointStatesKey('a'))).toBeGreaterThan(86_000_000);
    expect(one.logs.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        msg: 'circuit changed state',
        ...HOOK,
        from: 'closed',
        to: 'open',
        reason: 'failures_in_a_row',
      }),
    );
  });

  test('are updated at intervals as counters change, and once more at the stop', async () => {
    const place = await isolatedRedis();
    const { states } = owners.observer(place);
    const one = await owners.owner(place);
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

  test('contain an open circuit again within a minute after Redis was emptied', async () => {
    const place = await ownRedis();
    const { redis, states } = owners.observer(place);
    const one = await owners.owner(place);
    await open(one);
    await redis.flushall();
    owners.pass(60_000);
    // Each check reads from Redis, so this loop does not block the process. A write that had already begun has an
    // earlier time, so it does not end the loop.
    let state: EndpointState | undefined;
    do state = (await states()).endpoints.get(HOOK.endpoint);
    while (state?.updatedAt !== owners.now);
    expect(state.breaker.state).toBe('open');
    one.succeed();
  });

  test('no longer contain dead endpoints after a prune', async () => {
    const place = await isolatedRedis();
    const { redis } = owners.observer(place);
    const one = await owners.owner(place);
    const key = endpointStatesKey('a');
    await redis.hset(key, 'https://example.com/dead', JSON.stringify({ updatedAt: owners.now - 86_400_000 }));
    await redis.hset(key, 'https://example.com/odd', 'odd');
    await redis.hset(
      key,
      'https://example.com/alive',
      JSON.stringify({ updatedAt: owners.now - 86_399_999 }),
    );
    await redis.hset(key, 'owner', '5');
    await one.store.prune(['a'], owners.now);
    expect((await redis.hkeys(key)).sort()).toEqual(['https://example.com/alive', 'owner']);
  });
});

describe('without Redis', () => {
  test('calls continue after Redis was killed, and missed changes are written when it is back', async () => {
    const place = await ownRedis();
    const one = await owners.owner(place);
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
    const { endpoints } = await owners.observer(place).states();
    expect([...endpoints.keys()].sort()).toEqual([HOOK.endpoint, OTHER.endpoint]);
    expect(endpoints.get(HOOK.endpoint)?.breaker.state).toBe('open');
    const logged = one.logs
      .map((line) => JSON.parse(line).msg)
      .filter((msg) => msg.startsWith('endpoint states'));
    expect(logged).toEqual([
      'endpoint states cannot be written; delivery continues',
      'endpoint states can be written again',
    ]);
  });

  test('partitions do not wait for a Redis that was never available', async () => {
    const one = await owners.owner({ redisUrl: `redis://127.0.0.1:${await freePort()}`, keyPrefix: '' });
    await one.states.restore(['a']);
    one.succeed();
    expect(one.logs.join('')).toContain('rate limits not yet read start in their initial state');
  });

  test('nothing waits for the response of a silent Redis', async () => {
    const place = await ownRedis();
    const { redis } = owners.observer(place);
    const one = await owners.owner(place);
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
