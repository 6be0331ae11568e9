import { describe, expect, it } from '@jest/globals';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { Admissions } from './admissions.ts';
import type { Postponed } from './endpoint-state/endpoint-registry.ts';
import { CallSlots } from './slots/call-slots.ts';
import { CpuDebts } from './slots/cpu-debts.ts';

const URL = 'https://example.com/hook';
const definition = aWebhookDefinition({ accountId: 'a', url: `${URL}?query=1` });
const execution = { accountId: 'a', executionId: 'e' };
const NO_RESERVATION = { hasReservation: false };
const OPEN: Postponed = { kind: 'postponed', reason: 'circuit_open', until: 1, waitInMemory: false };

/**
 * Admissions with one slot. `reported` collects the reports to the circuit, each with the number of calls in flight at
 * that time.
 */
function harness({ answers = [] }: { answers?: Postponed[] } = {}) {
  const reported: string[] = [];
  const consulted: string[] = [];
  const rest = { begin: () => undefined, isRested: () => true };
  const slots = new CallSlots({ now: () => 0, rest, debts: new CpuDebts() }, { maxInFlight: 1 });
  const watched = new Set<() => void>();
  const admissions = new Admissions(
    {
      slots,
      endpointStates: {
        refusal: () => answers.shift() ?? null,
        admit: ({ endpoint }) => {
          consulted.push(endpoint);
          const finish = (errorType: string | null): void =>
            void reported.push(`${errorType} ${slots.inFlight}`);
          return answers.shift() ?? { kind: 'call', probe: false, finish };
        },
      },
      settingsOf: () => undefined,
      watchCancel: (_execution, onCancel) => {
        watched.add(onCancel);
        return () => watched.delete(onCancel);
      },
    },
    { defaultLimits: { account: 1, endpoint: 1 } },
  );
  const queue = async () => {
    const admission = await admissions.queue(execution, definition);
    if (!admission) throw new Error('no slot was given');
    return admission;
  };
  return { admissions, queue, slots, reported, consulted, watched };
}

describe('a call that is admitted', () => {
  it('reports its result to the circuit before it frees its slot', async () => {
    const { queue, slots, reported } = harness();
    const admission = await queue();
    expect(admission.start(definition, NO_RESERVATION)).toEqual({ kind: 'started' });
    admission.finish('timeout_error');
    expect([reported, slots.inFlight]).toEqual([['timeout_error 1'], 0]);
  });

  it('is reported to the circuit as cancelled and frees its slot if it is not made', async () => {
    const { queue, slots, reported } = harness();
    const admission = await queue();
    admission.start(definition, NO_RESERVATION);
    admission.cancel();
    expect([reported, slots.inFlight]).toEqual([['cancelled 1'], 0]);
  });

  it('frees its slot only once, even if it is cancelled after it has ended', async () => {
    const { admissions, queue, slots } = harness();
    const first = await queue();
    const second = admissions.queue(execution, definition);
    first.finish(null);
    first.cancel();
    expect([slots.inFlight, (await second)?.queuePosition]).toEqual([1, 1]);
  });
});

describe('a call that is not admitted', () => {
  it('need not queue if its circuit is open', () => {
    const { admissions } = harness({ answers: [OPEN] });
    expect(admissions.refusal(definition)).toEqual(OPEN);
    expect(admissions.refusal(definition)).toBeNull();
  });

  it('frees its slot without a report to the circuit if the circuit or a rate limit postpones it', async () => {
    const { queue, slots, reported } = harness({ answers: [OPEN] });
    const admission = await queue();
    expect(admission.start(definition, NO_RESERVATION)).toEqual(OPEN);
    admission.cancel();
    expect([reported, slots.inFlight]).toEqual([[], 0]);
  });

  it('does not consult the circuit if the definition now points to another endpoint', async () => {
    const { queue, consulted } = harness();
    const admission = await queue();
    expect(admission.start({ ...definition, url: 'https://example.com/other' }, NO_RESERVATION)).toEqual({
      kind: 'moved',
    });
    expect(admission.start({ ...definition, url: `${URL}#fragment` }, NO_RESERVATION)).toEqual({
      kind: 'started',
    });
    expect(consulted).toEqual([URL]);
  });

  it('leaves the queue if its execution is cancelled, and watches for a cancel only while it queues', async () => {
    const { admissions, queue, watched, slots } = harness();
    const first = await queue();
    expect(watched.size).toBe(0);
    const second = admissions.queue(execution, definition);
    for (const onCancel of watched) onCancel();
    expect(await second).toBeNull();
    expect([watched.size, slots.waiting]).toEqual([0, 0]);
    first.cancel();
  });
});
