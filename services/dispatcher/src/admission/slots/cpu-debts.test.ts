import { describe, expect, it } from '@jest/globals';
import { CallSlots } from './call-slots.ts';
import { CpuDebts } from './cpu-debts.ts';

const LIMITS = { account: 100, endpoint: 100 };
const RESTED = { begin: () => undefined, isRested: () => true };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function harness() {
  let time = 1_000;
  const debts = new CpuDebts(() => time);
  const slots = new CallSlots({ now: () => time, rest: RESTED, debts }, { maxInFlight: 100 });
  const started: string[] = [];
  const ask = (accountId: string): void => {
    void slots.acquire({ accountId, endpoint: 'e', limits: LIMITS }).slot.then(() => started.push(accountId));
  };
  return { debts, slots, started, ask, pass: (ms: number) => void (time += ms) };
}

describe('CPU time in the worker pool', () => {
  it('R-023: delays the next calls of its account by the same time, but no calls of other accounts', async () => {
    const { debts, slots, started, ask, pass } = harness();
    debts.begin('a');
    debts.end('a', 200);
    ask('a');
    ask('b');
    await turn();
    expect(started).toEqual(['b']);
    expect(debts.isHeld('a')).toBe(true);
    pass(200);
    expect(debts.isHeld('a')).toBe(false);
    // The next change, such as another evaluation, makes the slots check again.
    debts.begin('a');
    await turn();
    expect(started).toEqual(['b', 'a']);
    slots.close();
  });

  it('lets a call start as soon as the time has passed, if nothing else delays it', async () => {
    const debts = new CpuDebts();
    const slots = new CallSlots({ now: Date.now, rest: RESTED, debts }, { maxInFlight: 100 });
    debts.begin('a');
    debts.end('a', 20);
    const { slot } = slots.acquire({ accountId: 'a', endpoint: 'e', limits: LIMITS });
    expect(slots.inFlight).toBe(0);
    await slot;
    expect(slots.inFlight).toBe(1);
    // The slots may notice that the time has passed before the timer removes the debt.
    while (debts.size > 0) await turn();
    slots.close();
  });

  it('adds up, but delays nothing for more than 10 s', () => {
    const { debts, pass, slots } = harness();
    for (let index = 0; index < 6; index++) {
      debts.begin('a');
      debts.end('a', 2_000);
    }
    pass(9_999);
    expect(debts.isHeld('a')).toBe(true);
    pass(1);
    expect(debts.isHeld('a')).toBe(false);
    slots.close();
  });

  it('delays the next calls of an account while eight of its evaluations are in the pool', async () => {
    const { debts, slots, started, ask } = harness();
    for (let index = 0; index < 8; index++) debts.begin('a');
    ask('a');
    await turn();
    expect(started).toEqual([]);
    debts.end('a', 0);
    await turn();
    expect(started).toEqual(['a']);
    slots.close();
  });
});

describe('CPU time on the event loop', () => {
  it('R-023: is charged to the account of the call, and delays the next calls of that account by the same time', async () => {
    const { debts, slots, started, ask, pass } = harness();
    debts.charge('a', 200);
    ask('a');
    ask('b');
    await turn();
    expect(started).toEqual(['b']);
    pass(199);
    expect(debts.isHeld('a')).toBe(true);
    pass(1);
    expect(debts.isHeld('a')).toBe(false);
    slots.close();
  });

  it('is not charged once the slots have closed', () => {
    const { debts, slots } = harness();
    slots.close();
    debts.charge('a', 200);
    expect(debts.size).toBe(0);
  });
});
