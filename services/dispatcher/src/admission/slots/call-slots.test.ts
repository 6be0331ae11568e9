import { describe, expect, it } from '@jest/globals';
import { CallSlots, type Slot, type SlotRequest } from './call-slots.ts';
import { CpuDebts } from './cpu-debts.ts';

/** Waits for the next turn of the event loop; promises settle before it begins. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Started {
  name: string;
  slot: Slot;
}

function harness(maxInFlight = 1_000) {
  let time = 0;
  let isRested = true;
  const rest = { begin: () => undefined, isRested: () => isRested };
  const debts = new CpuDebts(() => time);
  const slots = new CallSlots({ now: () => time, rest, debts }, { maxInFlight });
  const started: Started[] = [];
  const refused: string[] = [];
  const withdrawals = new Map<string, () => void>();
  const ask = (name: string, request: Partial<SlotRequest> = {}): void => {
    const { accountId = 'a', endpoint = 'e', limits = { account: 100, endpoint: 10 } } = request;
    const { slot, withdraw } = slots.acquire({ accountId, endpoint, limits });
    withdrawals.set(name, withdraw);
    slot.then(
      (given) => {
        if (!('left' in given)) started.push({ name, slot: given });
      },
      () => refused.push(name),
    );
  };
  const names = async (): Promise<string[]> => {
    await settled();
    return started.map(({ name }) => name);
  };
  const finish = (name: string): void => started.find((one) => one.name === name)?.slot.finish();
  const withdraw = (name: string): void => withdrawals.get(name)?.();
  const pass = (ms: number): void => void (time += ms);
  const letRest = (rested: boolean): void => void (isRested = rested);
  return { slots, debts, started, refused, ask, names, finish, withdraw, pass, letRest };
}

describe('CallSlots', () => {
  it('R-015: holds an account at its limit and starts the next call when a slot becomes free', async () => {
    const { ask, names, finish, slots } = harness();
    const limits = { account: 2, endpoint: 10 };
    for (const name of ['1', '2', '3']) ask(name, { endpoint: name, limits });

    expect(await names()).toEqual(['1', '2']);
    expect(slots).toMatchObject({ inFlight: 2, waiting: 1 });
    finish('1');
    expect(await names()).toEqual(['1', '2', '3']);
  });

  it('R-015: holds an endpoint at its limit while another endpoint of the account continues', async () => {
    const { ask, names } = harness();
    const limits = { account: 100, endpoint: 1 };
    ask('e1', { limits });
    ask('e2', { limits });
    ask('f1', { endpoint: 'f', limits });

    expect(await names()).toEqual(['e1', 'f1']);
  });

  it('keeps accounts apart even if they call the same endpoint', async () => {
    const { ask, names } = harness();
    const limits = { account: 1, endpoint: 1 };
    ask('a', { accountId: 'a', limits });
    ask('b', { accountId: 'b', limits });

    expect(await names()).toEqual(['a', 'b']);
  });

  it('takes turns between accounts and, within an account, between its endpoints', async () => {
    const { ask, names, finish } = harness(1);
    ask('first');
    for (const name of ['e1', 'e2']) ask(name, { endpoint: 'e' });
    for (const name of ['f1', 'f2']) ask(name, { endpoint: 'f' });
    for (const name of ['other1', 'other2']) ask(name, { accountId: 'other' });

    const order: string[] = [];
    for (let turn = 0; turn < 7; turn++) {
      const all = await names();
      const last = all.at(-1) ?? '';
      order.push(last);
      finish(last);
    }
    expect(order).toEqual(['first', 'e1', 'other1', 'f1', 'other2', 'e2', 'f2']);
  });

  it('reports the queue position of calls that waited', async () => {
    const { ask, names, finish, started } = harness();
    const limits = { account: 100, endpoint: 1 };
    for (const name of ['1', '2', '3']) ask(name, { limits });
    await names();
    finish('1');
    await names();
    finish('2');
    await names();

    expect(started.map(({ name, slot }) => [name, slot.queuePosition])).toEqual([
      ['1', null],
      ['2', 1],
      ['3', 2],
    ]);
  });

  it('frees a slot once, however often the call is finished', async () => {
    const { ask, names, finish, slots } = harness(1);
    ask('1');
    ask('2');
    await names();
    finish('1');
    finish('1');
    await names();

    expect(slots).toMatchObject({ inFlight: 1, waiting: 0 });
  });

  it('applies new limits of an account to calls that already wait', async () => {
    const { ask, names } = harness();
    ask('1', { limits: { account: 1, endpoint: 10 } });
    ask('2', { limits: { account: 1, endpoint: 10 } });
    expect(await names()).toEqual(['1']);

    ask('3', { limits: { account: 3, endpoint: 10 } });
    expect(await names()).toEqual(['1', '2', '3']);
  });

  it('lets a waiting call withdraw, but not a call that has its slot', async () => {
    const { ask, names, finish, withdraw, slots } = harness(1);
    for (const name of ['1', '2', '3']) ask(name);
    await names();
    withdraw('1');
    withdraw('2');
    expect(slots).toMatchObject({ inFlight: 1, waiting: 1 });
    finish('1');
    expect(await names()).toEqual(['1', '3']);
  });

  it('refuses waiting and later calls once it is closed', async () => {
    const { ask, names, finish, slots, refused } = harness(1);
    ask('1');
    ask('2');
    expect(await names()).toEqual(['1']);
    slots.close();
    ask('3');
    finish('1');
    expect(await names()).toEqual(['1']);
    expect(refused).toEqual(['2', '3']);
    expect(slots).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  it('forgets idle endpoints and accounts', async () => {
    const { ask, names, finish, slots } = harness();
    ask('1');
    await names();
    finish('1');

    expect(slots).toMatchObject({ inFlight: 0, waiting: 0, accounts: 0 });
  });

  it('forgets an account whose only call withdraws, but not an account that has another call', async () => {
    const { ask, names, finish, withdraw, slots } = harness(2);
    ask('e1', { endpoint: 'e' });
    ask('f1', { endpoint: 'f' });
    ask('b', { accountId: 'b' });
    await names();
    expect(slots.accounts).toBe(2);
    withdraw('b');
    finish('f1');
    expect(slots).toMatchObject({ inFlight: 1, waiting: 0, accounts: 1 });
  });

  it('keeps an endpoint while a call is in flight, even if no call waits', async () => {
    const { ask, names, finish, slots } = harness();
    const limits = { account: 100, endpoint: 2 };
    for (const name of ['1', '2']) ask(name, { limits });
    await names();
    finish('1');
    expect(slots.loadOf({ accountId: 'a', endpoint: 'e' })).toEqual({ inFlight: 1, waiting: 0 });
    for (const name of ['3', '4']) ask(name, { limits });
    expect(await names()).toEqual(['1', '2', '3']);
    expect(slots.loadOf({ accountId: 'a', endpoint: 'e' })).toEqual({ inFlight: 2, waiting: 1 });
  });

  it('reports no load for unknown endpoints and accounts', async () => {
    const { ask, slots } = harness();
    ask('1');
    const none = { inFlight: 0, waiting: 0 };
    expect(slots.loadOf({ accountId: 'a', endpoint: 'other' })).toEqual(none);
    expect(slots.loadOf({ accountId: 'other', endpoint: 'e' })).toEqual(none);
  });

  it('resolves the promise of a call that withdraws', async () => {
    const { slots, ask } = harness(1);
    ask('1');
    const limits = { account: 100, endpoint: 10 };
    const { slot, withdraw } = slots.acquire({ accountId: 'a', endpoint: 'e', limits });
    withdraw();
    expect(await slot).toEqual({ left: 'withdrawn' });
  });

  it('gives the waiting calls of an account no slots while it has CPU debts, and starts them afterwards', async () => {
    const { ask, names, finish, debts } = harness(1);
    for (const name of ['1', '2']) ask(name);
    expect(await names()).toEqual(['1']);
    for (let evaluation = 0; evaluation < 8; evaluation++) debts.begin('a');
    ask('other', { accountId: 'b' });
    for (const name of ['1', 'other']) {
      finish(name);
      expect(await names()).toEqual(['1', 'other']);
    }
    debts.end('a', 0);
    expect(await names()).toEqual(['1', 'other', '2']);
  });

  it('ignores CPU debts of an account without calls, and clears all debts when the slots are closed', () => {
    const { slots, debts } = harness();
    debts.begin('a');
    expect(slots).toMatchObject({ inFlight: 0, waiting: 0, accounts: 0 });
    expect(debts.size).toBe(1);
    slots.close();
    expect(debts.size).toBe(0);
  });
});

const WIDE = { account: 100, endpoint: 100 };

describe('the sharing of slots', () => {
  it('gives an account more than a fifth of the slots only if no account with less than a fifth waits', async () => {
    const { ask, names, finish } = harness(10);
    for (let i = 0; i < 12; i++) ask(`a${i}`, { accountId: 'a', limits: WIDE });
    expect(await names()).toHaveLength(10);
    for (const name of ['b1', 'b2', 'b3']) ask(name, { accountId: 'b', limits: WIDE });
    for (let i = 0; i < 4; i++) finish(`a${i}`);

    // Account b first gets its fifth; then both accounts have at least a fifth and take turns.
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

  it('considers an endpoint slow after a slow call, even if it has been idle since then, until a call is fast', async () => {
    const { ask, names, finish, pass } = harness(2);
    ask('1', { endpoint: 'slow' });
    await names();
    pass(1_001);
    finish('1');
    ask('2', { endpoint: 'slow' });
    ask('3', { endpoint: 'slow' });
    expect(await names()).toEqual(['1', '2']);
    finish('2');
    expect(await names()).toEqual(['1', '2', '3']);
    ask('4', { endpoint: 'slow' });
    expect(await names()).toEqual(['1', '2', '3', '4']);
  });

  it('starts only a few calls of one account in a turn of the event loop, along with calls of other accounts', async () => {
    const { slots, ask, names } = harness();
    for (let i = 0; i < 50; i++) ask(`a${i}`, { accountId: 'a', limits: WIDE });
    ask('b', { accountId: 'b', limits: WIDE });
    expect(slots.inFlight).toBeLessThan(20);
    expect(slots.loadOf({ accountId: 'b', endpoint: 'e' }).inFlight).toBe(1);
    for (let turn = 0; turn < 10; turn++) await names();
    expect(await names()).toHaveLength(51);
  });

  it('lets an account with most of the calls start more calls once the loop has rested, and other accounts at any time', async () => {
    const { slots, ask, names, finish, letRest } = harness();
    letRest(false);
    ask('b1', { accountId: 'b' });
    for (let i = 0; i < 50; i++) ask(`a${i}`, { accountId: 'a', limits: WIDE });
    for (let turn = 0; turn < 5; turn++) await names();
    const inFlight = (accountId: string): number => slots.loadOf({ accountId, endpoint: 'e' }).inFlight;
    const atFirst = inFlight('a');
    expect(atFirst).toBeLessThan(20);
    ask('b2', { accountId: 'b' });
    expect(inFlight('b')).toBe(2);
    expect(inFlight('a')).toBe(atFirst);

    letRest(true);
    finish('b1');
    expect(inFlight('a')).toBeGreaterThan(atFirst);
    for (let turn = 0; turn < 10; turn++) await names();
    expect(inFlight('a')).toBe(50);
  });

  it('lets fast and slow endpoints take turns', async () => {
    const { ask, names, finish, pass } = harness(2);
    ask('s0', { endpoint: 's' });
    await names();
    pass(1_001);
    finish('s0');
    ask('f0', { endpoint: 'f' });
    ask('g0', { endpoint: 'g' });
    for (const name of ['s1', 's2']) ask(name, { endpoint: 's' });
    for (const name of ['f1', 'f2', 'f3']) ask(name, { endpoint: 'f' });
    await names();
    for (const name of ['f0', 's1', 'f1']) {
      finish(name);
      await names();
    }

    expect((await names()).slice(3)).toEqual(['s1', 'f1', 's2']);
  });
});
