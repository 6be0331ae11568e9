import { setTimeout as sleep } from 'node:timers/promises';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import type { CommandView } from '../commands/command-view.ts';
import type { DefinitionView } from '../definitions/definition-view.ts';
import type { Work } from '../intake/work.ts';
import type { CallSlots } from '../queue/call-slots.ts';
import { endpointName } from '../queue/endpoint-name.ts';
import type { MakeAttempt } from './make-attempt.ts';
import { passage, type Passage } from './gate.ts';
import type { Verdict } from './verdict.ts';

export interface DeliverDeps {
  definitions: DefinitionView;
  commands: Pick<CommandView, 'isCancelled' | 'watch'>;
  slots: CallSlots;
  makeAttempt: MakeAttempt;
  now: () => number;
}

export interface DeliverOptions {
  /** First retry wait; the gate's waits and the tolerance of early records derive from it. */
  baseWaitMs: number;
  /** For accounts without settings. */
  defaultLimits: { account: number; endpoint: number };
}

/**
 * From work to verdict: hold to its time, pass the gate, queue for a slot, call, decide. The gate is asked again after
 * the queue, since the definition may have changed and time has passed.
 */
export function createDeliver(deps: DeliverDeps, options: DeliverOptions): (work: Work) => Promise<Verdict> {
  const { definitions, commands, slots, now } = deps;

  const ask = (work: Work): Passage => {
    const { accountId, actionId } = work.request;
    const definition = definitions.definition(actionId);
    const suspended = definitions.settings(accountId)?.suspended ?? false;
    const keyKnown = !definition?.auth.sealed || definitions.keyKnown(accountId, definition.auth.sealed);
    const cancelled = commands.isCancelled(work.request);
    const times = { now: now(), baseWaitMs: options.baseWaitMs };
    return passage(work, definition, { cancelled, suspended, keyKnown }, times);
  };

  const limitsOf = (accountId: string): { account: number; endpoint: number } => {
    const settings = definitions.settings(accountId);
    if (!settings) return options.defaultLimits;
    return { account: settings.maxInFlight, endpoint: settings.maxInFlightPerEndpoint };
  };

  const inSlot = async (work: Work, { url }: WebhookDefinition): Promise<Verdict> => {
    const { accountId } = work.request;
    const wait = slots.acquire({ accountId, endpoint: endpointName(url), limits: limitsOf(accountId) });
    const endWatch = commands.watch(work.request, wait.withdraw);
    const slot = await wait.slot.finally(endWatch);
    if (!slot) return withoutCall({ kind: 'end', why: 'cancelled' });
    try {
      const asked = ask(work);
      if (asked.kind !== 'call') return withoutCall(asked);
      return await deps.makeAttempt(work, asked.definition, slot);
    } finally {
      slot.release();
    }
  };

  return async (work) => {
    const earlyMs = work.dueAt - now();
    // The lanes release up to a tenth of the base wait early; what is earlier than that has its wait still before it.
    if (earlyMs > options.baseWaitMs / 10) {
      return { kind: 'deferred', reason: work.reason ?? 'not_before', dueAt: work.dueAt };
    }
    // A timer may fire a millisecond early, and a wait is never shorter than promised.
    while (now() < work.dueAt) await sleep(work.dueAt - now());
    const asked = ask(work);
    return asked.kind === 'call' ? inSlot(work, asked.definition) : withoutCall(asked);
  };
}

function withoutCall(asked: Exclude<Passage, { kind: 'call' }>): Verdict {
  if (asked.kind === 'defer') return { kind: 'deferred', reason: asked.reason, dueAt: asked.dueAt };
  const status = asked.why === 'cancelled' ? 'cancelled' : 'error';
  return { kind: 'completed', status, failure: failureOf(asked.why), attempt: null, answer: null };
}
