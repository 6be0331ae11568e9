import { CallSlots, type Slot } from '../admission/slots/call-slots.ts';
import { CpuDebts } from '../admission/slots/cpu-debts.ts';

/** A waiting or running call of a test. */
interface TestCall {
  slot: Promise<Slot | { left: 'withdrawn' }>;
  withdraw: () => void;
}

/** Creates call slots for a test, which controls the clock and whether the event loop has rested. */
export function slotsHarness(maxInFlight: number) {
  let time = 0;
  const rest = { isRested: true, begun: 0 };
  const loopRest = { begin: () => void rest.begun++, isRested: () => rest.isRested };
  const slots = new CallSlots({ now: () => time, rest: loopRest, debts: new CpuDebts() }, { maxInFlight });
  const wide = { account: 1_000, endpoint: 1_000 };
  return {
    slots,
    rest,
    pass: (ms: number): void => void (time += ms),
    /** Requests slots for calls to one endpoint. */
    ask: (accountId: string, { endpoint = 'e', calls = 1 } = {}): TestCall[] =>
      Array.from({ length: calls }, () => slots.acquire({ accountId, endpoint, limits: wide })),
    inFlight: (accountId: string, endpoint = 'e'): number => slots.loadOf({ accountId, endpoint }).inFlight,
  };
}

/** Waits for the slot of a call. */
export async function slotOf(call: TestCall | undefined): Promise<Slot> {
  const given = await call?.slot;
  if (!given || 'left' in given) throw new Error('the call left the queue without a slot');
  return given;
}
