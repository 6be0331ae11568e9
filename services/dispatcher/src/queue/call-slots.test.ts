import { describe, expect, it } from '@jest/globals';
import { CallSlots, type Slot, type SlotRequest } from './call-slots.ts';

/** Pure: promises settle in the turn, so `settled` only lets the microtasks run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Started {
  name: string;
  slot: Slot;
}

const ROOM = {
  mostWaitingOfEndpoint: 1_000,
  mostWaitingOfAccount: 2_500,
  mostWaiting: 18_000,
  mostWaitingSize: 1_000_000,
};

function harness(most = 1_000, bounds: Partial<typeof ROOM> = {}) {
  let time = 0;
  const slots = new CallSlots({ most, ...ROOM, ...bounds, now: () => time });
  const sentAway: { name: string; dueAt: number }[] = [];
  const started: Started[] = [];
  const refused: string[] = [];
  const withdrawals = new Map<string, () => void>();
  const ask = (name: string, request: Partial<SlotRequest> = {}): void => {
    const { accountId = 'a', endpoint = 'e', size = 1, limits = { account: 100, endpoint: 10 } } = request;
    const { slot, withdraw } = slots.acquire({ accountId, endpoint, size, limits });
    withdrawals.set(name, withdraw);
    slot.then(
      (given) => {
        if (!('left' in given)) started.push({ name, slot: given });
        else if (given.left === 'overflow') sentAway.push({ name, dueAt: given.dueAt });
      },
      () => refused.push(name),
    );
  };
  const names = async (): Promise<string[]> => {
    await settled();
    return started.map(({ name }) => name);
  };
  const release = (name: string): void => started.find((one) => one.name === name)?.slot.release();
  const giveBack = (name: string): void => started.find((one) => one.name === name)?.slot.giveBack();
  const withdraw = (name: string): void => withdrawals.get(name)?.();
  const pass = (ms: number): void => void (time += ms);
  return { slots, started, refused, sentAway, ask, names, release, giveBack, withdraw, pass };
}

describe('call slots', () => {
  it('R-015: holds an account at its limit and starts the next when a slot frees', async () => {
    const { ask, names, release, slots } = harness();
    const limits = { account: 2, endpoint: 10 };
    for (const name of ['1', '2', '3']) ask(name, { endpoint: name, limits });

    expect(await names()).toEqual(['1', '2']);
    expect(slots).toMatchObject({ inFlight: 2, waiting: 1 });
    release('1');
    expect(await names()).toEqual(['1', '2', '3']);
  });

  it('R-015: holds an endpoint at its limit while another endpoint of the account goes on', async () => {
    const { ask, names } = harness();
    const limits = { account: 100, endpoint: 1 };
    ask('e1', { limits });
    ask('e2', { limits });
    ask('f1', { endpoint: 'f', limits });

    expect(await names()).toEqual(['e1', 'f1']);
  });

  it('keeps accounts apart even where they call the same endpoint', async () => {
    const { ask, names } = harness();
    const limits = { account: 1, endpoint: 1 };
    ask('a', { accountId: 'a', limits });
    ask('b', { accountId: 'b', limits });

    expect(await names()).toEqual(['a', 'b']);
  });

  it('goes round the accounts and, within one, round its endpoints', async () => {
    const { ask, names, release } = harness(1);
    ask('first');
    for (const name of ['e1', 'e2']) ask(name, { endpoint: 'e' });
    for (const name of ['f1', 'f2']) ask(name, { endpoint: 'f' });
    for (const name of ['other1', 'other2']) ask(name, { accountId: 'other' });

    const order: string[] = [];
    for (let turn = 0; turn < 7; turn++) {
      const all = await names();
      const last = all.at(-1) ?? '';
      order.push(last);
      release(last);
    }
    expect(order).toEqual(['first', 'e1', 'other1', 'f1', 'other2', 'e2', 'f2']);
  });

  it('tells the place in the queue of those that waited', async () => {
    const { ask, names, release, started } = harness();
    const limits = { account: 100, endpoint: 1 };
    for (const name of ['1', '2', '3']) ask(name, { limits });
    await names();
    release('1');
    await names();
    release('2');
    await names();

    expect(started.map(({ name, slot }) => [name, slot.queuePosition])).toEqual([
      ['1', null],
      ['2', 1],
      ['3', 2],
    ]);
  });

  it('gives a slot back once, however often it is released', async () => {
    const { ask, names, release, slots } = harness(1);
    ask('1');
    ask('2');
    await names();
    release('1');
    release('1');
    await names();

    expect(slots).toMatchObject({ inFlight: 1, waiting: 0 });
  });

  it('takes new limits of an account for what already waits', async () => {
    const { ask, names } = harness();
    ask('1', { limits: { account: 1, endpoint: 10 } });
    ask('2', { limits: { account: 1, endpoint: 10 } });
    expect(await names()).toEqual(['1']);

    ask('3', { limits: { account: 3, endpoint: 10 } });
    expect(await names()).toEqual(['1', '2', '3']);
  });

  it('lets a waiting call withdraw, and not one that has its slot', async () => {
    const { ask, names, release, withdraw, slots } = harness(1);
    for (const name of ['1', '2', '3']) ask(name);
    await names();
    withdraw('1');
    withdraw('2');
    expect(slots).toMatchObject({ inFlight: 1, waiting: 1 });
    release('1');
    expect(await names()).toEqual(['1', '3']);
  });

  it('refuses who waits and who comes later, once it is closed', async () => {
    const { ask, names, release, slots, refused } = harness(1);
    ask('1');
    ask('2');
    expect(await names()).toEqual(['1']);
    slots.close();
    ask('3');
    release('1');
    expect(await names()).toEqual(['1']);
    expect(refused).toEqual(['2', '3']);
    expect(slots).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  it('forgets endpoints and accounts that are idle', async () => {
    const { ask, names, release, slots } = harness();
    ask('1');
    await names();
    release('1');

    expect(slots).toMatchObject({ inFlight: 0, waiting: 0, accounts: 0 });
  });
});

const WIDE = { account: 100, endpoint: 100 };

describe('shares', () => {
  it('lets an account hold more than a fifth of the slots only while nobody else waits', async () => {
    const { ask, names, release } = harness(10);
    for (let i = 0; i < 12; i++) ask(`a${i}`, { accountId: 'a', limits: WIDE });
    expect(await names()).toHaveLength(10);
    for (const name of ['b1', 'b2', 'b3']) ask(name, { accountId: 'b', limits: WIDE });
    for (let i = 0; i < 4; i++) release(`a${i}`);

    // b comes up to its fifth first, then both are over it or at it and take turns.
    expect((await names()).slice(10, 12)).toEqual(['b1', 'b2']);
  });

  it('gives slow endpoints at most half of the slots', async () => {
    const { ask, names, pass } = harness(10);
    for (let i = 0; i < 3; i++) ask(`slow${i}`, { accountId: `s${i}`, endpoint: 'slow', limits: WIDE });
    expect(await names()).toHaveLength(3);
    pass(1_001);
    for (let i = 3; i < 9; i++) ask(`slow${i}`, { accountId: `s${i % 3}`, endpoint: 'slow', limits: WIDE });
    expect(await names()).toEqual(['slow0', 'slow1', 'slow2', 'slow3', 'slow4']);
    ask('fast', { accountId: 'f' });
    expect(await names()).toContain('fast');
  });

  it('takes an endpoint for slow by its last call, even after it was idle, until one is fast', async () => {
    const { ask, names, release, pass } = harness(2);
    ask('1', { endpoint: 'slow' });
    await names();
    pass(1_001);
    release('1');
    ask('2', { endpoint: 'slow' });
    ask('3', { endpoint: 'slow' });
    expect(await names()).toEqual(['1', '2']);
    release('2');
    expect(await names()).toEqual(['1', '2', '3']);
    ask('4', { endpoint: 'slow' });
    expect(await names()).toEqual(['1', '2', '3', '4']);
  });

  it('lets fast and slow endpoints take turns', async () => {
    const { ask, names, release, pass } = harness(2);
    ask('s0', { endpoint: 's' });
    await names();
    pass(1_001);
    release('s0');
    ask('f0', { endpoint: 'f' });
    ask('g0', { endpoint: 'g' });
    for (const name of ['s1', 's2']) ask(name, { endpoint: 's' });
    for (const name of ['f1', 'f2', 'f3']) ask(name, { endpoint: 'f' });
    await names();
    for (const name of ['f0', 's1', 'f1']) {
      release(name);
      await names();
    }

    expect((await names()).slice(3)).toEqual(['s1', 'f1', 's2']);
  });
});

describe('overflow', () => {
  it('sends the newest call of an endpoint away whose queue is full', async () => {
    const { ask, names, sentAway, slots } = harness(1, { mostWaitingOfEndpoint: 2 });
    for (const name of ['1', '2', '3', '4']) ask(name);
    expect(await names()).toEqual(['1']);
    expect(sentAway.map(({ name }) => name)).toEqual(['4']);
    expect(slots.waiting).toBe(2);
  });

  it('sends away from the longest queue of an account, not from the one that a call comes to', async () => {
    const { ask, names, sentAway } = harness(1, { mostWaitingOfAccount: 3 });
    for (const name of ['1', '2', '3', '4']) ask(name, { endpoint: 'long' });
    ask('5', { endpoint: 'short' });
    await names();
    expect(sentAway.map(({ name }) => name)).toEqual(['4']);
  });

  it('sends away from the longest queue of all when too many wait', async () => {
    const { ask, names, sentAway } = harness(1, { mostWaiting: 3 });
    for (const name of ['1', '2', '3', '4']) ask(name, { accountId: 'a' });
    ask('5', { accountId: 'b' });
    await names();
    expect(sentAway.map(({ name }) => name)).toEqual(['4']);
  });

  it('sends away from the longest queue, as many as it takes, when what waits is too big', async () => {
    const { ask, names, sentAway, slots } = harness(1, { mostWaitingSize: 100 });
    ask('runs', { size: 1_000 });
    for (const name of ['1', '2', '3']) ask(name, { size: 30 });
    ask('big', { accountId: 'b', size: 60 });
    await names();
    expect(sentAway.map(({ name }) => name)).toEqual(['3', '2']);
    expect(slots.waiting).toBe(2);
  });

  it('plans what it sends away at the rate measured, one after the other', async () => {
    const { ask, names, release, sentAway, pass } = harness(1, { mostWaitingOfEndpoint: 1 });
    ask('0');
    for (let i = 1; i <= 60; i++) {
      ask(String(i));
      await names();
      pass(100);
      release(String(i - 1));
      await names();
    }
    ask('waits');
    ask('x');
    ask('y');
    await names();

    const [x, y] = sentAway.map(({ dueAt }) => dueAt - 6_000);
    // One waits, then x; a call ends every 100 ms.
    expect(x).toBeCloseTo(200, -1);
    expect(y).toBeCloseTo(300, -1);
  });

  it('learns nothing of the pace from a slot that is given back without a call', async () => {
    const { ask, names, giveBack, sentAway, pass } = harness(4, { mostWaitingOfEndpoint: 1 });
    ask('hangs');
    ask('makes no call');
    await names();
    pass(5_000);
    giveBack('makes no call');
    pass(1_000);
    for (const name of ['runs', 'waits', 'x']) ask(name);
    await names();

    expect(sentAway.map(({ dueAt }) => dueAt)).toEqual([6_000 + 12_000]);
  });

  it('takes no endpoint for slower than a call in ten seconds', async () => {
    const { ask, names, sentAway, pass } = harness(1, { mostWaitingOfEndpoint: 1 });
    ask('hangs');
    pass(60_000);
    for (const name of ['waits', 'x', 'y']) ask(name);
    await names();

    expect(sentAway.map(({ dueAt }) => dueAt)).toEqual([60_000 + 20_000, 60_000 + 30_000]);
  });

  it('plans nothing further ahead than five minutes, and soon again once the endpoint is well', async () => {
    const { ask, names, sentAway, pass, release } = harness(1, { mostWaitingOfEndpoint: 1 });
    ask('hangs');
    pass(60_000);
    for (let i = 0; i <= 100; i++) ask(String(i));
    await names();
    expect(Math.max(...sentAway.map(({ dueAt }) => dueAt))).toBe(60_000 + 300_000);

    pass(300_000);
    release('hangs');
    for (const name of await names()) if (name !== 'hangs') release(name);
    ask('runs');
    ask('waits');
    ask('x');
    await names();
    expect(sentAway.at(-1)?.dueAt).toBeLessThan(360_000 + 60_000);
  });
});
