import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { endpointStatesKey } from '@hookline/shared/contracts/endpoint-state';
import { isolatedRedis } from '@hookline/testkit/isolated-redis';
import { NO_RESERVATION, HOOK, NONE, open, OTHER, StateOwners } from '../../testing/redis-state-owners.ts';

let owners: StateOwners;

beforeEach(() => {
  owners = new StateOwners();
});

afterEach(() => owners.stop());

describe('the next owner', () => {
  test('keeps an open circuit and the reserved slots', async () => {
    const place = await isolatedRedis();
    const before = await owners.owner(place);
    await open(before);
    const limits = { account: null, endpoint: { perSecond: 0.1, burst: 1 } };
    for (let i = 0; i < 5; i++) before.states.admit(OTHER, limits, NO_RESERVATION);
    await before.states.stop();
    const next = await owners.owner(place);
    await next.states.restore(['a', 'unknown']);
    expect(next.states.refusal(HOOK, NONE)).toMatchObject({
      reason: 'circuit_open',
      until: owners.now + 10_000,
    });
    expect(next.states.admit(OTHER, limits, NO_RESERVATION)).toMatchObject({
      reason: 'rate_limited',
      until: owners.now + 50_000,
    });
  });

  test('keeps its state, which the previous owner does not overwrite', async () => {
    const place = await isolatedRedis();
    const { states } = owners.observer(place);
    const before = await owners.owner(place);
    await open(before);
    owners.pass(10_000);
    const next = await owners.owner(place);
    await next.states.restore(['a']);
    const closed = next.next('written');
    for (let i = 0; i < 3; i++) next.succeed();
    await closed;
    await next.states.stop();
    const refused = before.next('written');
    before.fail();
    await refused;
    expect((await states()).endpoints.get(HOOK.endpoint)?.breaker.state).toBe('closed');
    // The previous owner does not try to write again.
    before.succeed(OTHER);
    await before.states.stop();
    expect(before.logs.filter((line) => line.includes('a newer owner has taken over'))).toHaveLength(1);
    // The previous owner still decides based on its own state.
    expect(before.states.refusal(HOOK, NONE)).toMatchObject({ reason: 'circuit_open' });
  });

  test('warns if reading the states takes too long, because the others start in their initial state', async () => {
    const next = await owners.owner(await isolatedRedis());
    const restored = next.states.restore(Array.from({ length: 51 }, (_, index) => `account ${index}`));
    owners.pass(60_000);
    await restored;
    const [line = '{}'] = next.logs.filter((one) => one.includes('took too long'));
    expect(JSON.parse(line)).toMatchObject({ accounts: 51, claimed: 50 });
  });

  test('can write even if its clock is behind', async () => {
    const place = await isolatedRedis();
    await open(await owners.owner(place));
    owners.pass(-60_000);
    const next = await owners.owner(place);
    await next.states.restore(['a']);
    await open(next, OTHER);
    const { endpoints } = await owners.observer(place).states();
    expect(endpoints.get(OTHER.endpoint)?.breaker.state).toBe('open');
  });

  test.each(['1e308', '9007199254740991', 'inf', 'nan', '-1e308', 'x'])(
    'is not locked out by the invented epoch %s of an owner',
    async (madeUp) => {
      const place = await isolatedRedis();
      const { redis, states } = owners.observer(place);
      await open(await owners.owner(place));
      const key = endpointStatesKey('a');
      await redis.hset(key, 'owner', madeUp);
      const next = await owners.owner(place);
      await next.states.restore(['a']);
      await redis.hset(key, 'owner', madeUp);
      await open(next, OTHER);
      expect((await states()).endpoints.get(OTHER.endpoint)?.breaker.state).toBe('open');
      expect(Number(await redis.hget(key, 'owner'))).toBeLessThanOrEqual(owners.now + 1_000);
    },
  );

  test('gets a higher epoch than the previous owner, even if its clock is behind', async () => {
    const { store } = await owners.owner(await isolatedRedis());
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

  test('finds the highest version of a state, whatever the order in which versions arrived', async () => {
    const { store } = await owners.owner(await isolatedRedis());
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
