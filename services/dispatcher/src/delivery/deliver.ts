import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AccountSettings, WaitReason, WebhookDefinition } from '@hookline/shared/contracts/events';
import { earlyReleaseMs } from '@hookline/shared/contracts/topics';
import type { Ownership } from '@hookline/shared/kafka/consume/parallel/parallel-options';
import { waitUntil } from '@hookline/shared/runtime/wait-until';
import { failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import type { CommandView } from '../commands/command-view.ts';
import type { DefinitionView } from '../definitions/definition-view.ts';
import type { AdmittedCall, Later } from '../endpoint-state/endpoint-registry.ts';
import type { EndpointStates } from '../endpoint-state/endpoint-states.ts';
import type { LateOutcomes } from '../idempotency/late-outcomes.ts';
import type { Work } from '../intake/work.ts';
import type { CallSlots, Slot, SlotLimits } from '../queue/call-slots.ts';
import { endpointName } from '../queue/endpoint-name.ts';
import { passage, type Passage } from './gate.ts';
import { overflowDueAt } from './overflow-due-at.ts';
import { rateLimits, slotLimits } from './limits.ts';
import type { MakeAttempt } from './make-attempt.ts';
import type { Delivery } from './verdict.ts';

export interface DeliverDeps {
  definitions: Pick<DefinitionView, 'definition' | 'settings' | 'keysKnown'>;
  commands: Pick<CommandView, 'isCancelled' | 'watch'>;
  lateOutcomes: Pick<LateOutcomes, 'has'>;
  slots: CallSlots;
  endpointStates: Pick<EndpointStates, 'refusal' | 'admit'>;
  makeAttempt: MakeAttempt;
  now: () => number;
}

export interface DeliverOptions {
  /** First retry wait; the gate's waits and the tolerance of early records derive from it. */
  baseWaitMs: number;
  /** For accounts that have no limits of their own. */
  defaultLimits: SlotLimits;
}

type CallPassage = Extract<Passage, { kind: 'call' }>;

class Deliverer {
  readonly #deps: DeliverDeps;
  readonly #options: DeliverOptions;
  /** The lanes release up to so many ms early; a shorter wait is held in memory. */
  readonly #shortMs: number;

  constructor(deps: DeliverDeps, options: DeliverOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#shortMs = earlyReleaseMs(options.baseWaitMs);
  }

  async deliver(work: Work, owns: Ownership): Promise<Delivery> {
    // What is earlier than that has its wait still before it.
    if (this.#isLong(work.dueAt)) {
      return { kind: 'deferred', reason: reasonToWait(work), dueAt: work.dueAt };
    }
    await waitUntil(work.dueAt, this.#deps.now);
    for (let promised = wasPromised(work); ; promised = true) {
      const asked = this.#ask(work);
      if (asked.kind !== 'call') return withoutCall(asked);
      const delivery = await this.#takeTurn(work, asked, { promised, owns });
      if (delivery.kind !== 'later') return delivery;
      const { reason, at: dueAt, here } = delivery;
      if (!here && this.#isLong(dueAt)) return { kind: 'deferred', reason, dueAt };
      await waitUntil(dueAt, this.#deps.now);
      // A time that has passed is not waited for; without this, going round would keep timers and sockets from their turn.
      await nextTurn();
    }
  }

  #isLong(dueAt: number): boolean {
    return dueAt - this.#deps.now() > this.#shortMs;
  }

  #ask(work: Work): Passage {
    const { definitions, commands, lateOutcomes, now } = this.#deps;
    const { accountId, actionId } = work.request;
    const definition = definitions.definition(actionId);
    const circumstances = {
      endedElsewhere: lateOutcomes.has(work.request),
      cancelled: commands.isCancelled(work.request),
      paused: isPaused(definitions.settings(accountId), definition),
      keyKnown: !definition || definitions.keysKnown(definition),
    };
    return passage(work, definition, circumstances, { now: now(), baseWaitMs: this.#options.baseWaitMs });
  }

  /** Queues for a slot and calls, unless circuit or rate limit say later. */
  async #takeTurn(
    work: Work,
    { definition }: CallPassage,
    { promised, owns }: { promised: boolean; owns: Ownership },
  ): Promise<Delivery | Later> {
    const { definitions, endpointStates } = this.#deps;
    const { accountId } = work.request;
    const settings = definitions.settings(accountId);
    const id = { accountId, endpoint: endpointName(definition.url) };
    const refused = endpointStates.refusal(id, rateLimits(settings, definition));
    if (refused) return refused;
    const slot = await this.#queue(work, id.endpoint, slotLimits(settings, this.#options.defaultLimits));
    if ('kind' in slot) return slot;
    try {
      // What queued for a partition that is lost by now is its new owner's.
      if (!(await owns())) return { kind: 'superseded', by: 'new_owner' };
      // The definition may have changed, and time has passed.
      const asked = this.#ask(work);
      if (asked.kind !== 'call') return withoutCall(asked);
      if (endpointName(asked.definition.url) !== id.endpoint) {
        // It calls another endpoint by now: that one's limits and circuit hold, and a promise of this one says nothing.
        slot.giveBack();
        return await this.#takeTurn(work, asked, { promised: false, owns });
      }
      const limits = rateLimits(definitions.settings(accountId), asked.definition);
      const admitted = endpointStates.admit(id, limits, { promised });
      return admitted.kind === 'later' ? admitted : await this.#call(work, asked, { slot, admitted });
    } finally {
      slot.giveBack();
    }
  }

  async #queue(work: Work, endpoint: string, limits: SlotLimits): Promise<Slot | Delivery> {
    const { slots, commands, now } = this.#deps;
    if (work.overflowUntil !== null) {
      const dueAt = overflowDueAt(work.overflowUntil, work.deferrals, { now: now(), ...this.#options });
      return { kind: 'deferred', reason: 'overflow', dueAt };
    }
    const { accountId } = work.request;
    const wait = slots.acquire({ accountId, endpoint, limits });
    const endWatch = commands.watch(work.request, wait.withdraw);
    const slot = await wait.slot.finally(endWatch);
    if (!('left' in slot)) return slot;
    return withoutCall({ kind: 'end', why: 'cancelled' });
  }

  async #call(
    work: Work,
    { definition }: CallPassage,
    { slot, admitted }: { slot: Slot; admitted: AdmittedCall },
  ): Promise<Delivery> {
    try {
      return await this.#deps.makeAttempt(work, definition, {
        queuePosition: queuePosition(work, slot),
        end: (errorType) => {
          // Before the slot is free: whoever takes it must find the circuit as this call leaves it.
          admitted.ended(errorType);
          slot.release();
        },
      });
    } finally {
      // Counts only where nothing was told before: no call was made.
      admitted.ended('cancelled');
    }
  }
}

/**
 * From work to verdict: hold to its time, pass the gate, queue for a slot, ask circuit and rate limit, call, decide. Short
 * waits are held here, outside the slots; longer ones go through the lanes.
 */
export function createDeliver(
  deps: DeliverDeps,
  options: DeliverOptions,
): (work: Work, owns: Ownership) => Promise<Delivery> {
  const deliverer = new Deliverer(deps, options);
  return (work, owns) => deliverer.deliver(work, owns);
}

/** What comes before its time waits on for the reason that it had; a request, also a misrouted one, for its `notBefore`. */
function reasonToWait({ reason }: Work): WaitReason {
  return reason === null || reason === 'misrouted' ? 'not_before' : reason;
}

/** Place in the queue at arrival, counting those parked before it; null where it did not wait. */
function queuePosition({ parkedBehind }: Work, slot: Slot): number | null {
  return parkedBehind === null ? slot.queuePosition : parkedBehind + (slot.queuePosition ?? 1);
}

/** It waited for a slot that circuit or rate limit gave it. */
function wasPromised({ reason }: Work): boolean {
  return reason === 'rate_limited' || reason === 'circuit_open';
}

/** The account is suspended, or its action or endpoint is paused. */
function isPaused(settings: AccountSettings | undefined, definition: WebhookDefinition | undefined): boolean {
  if (settings?.suspended || definition?.paused) return true;
  return (
    definition !== undefined && (settings?.pausedEndpoints.includes(endpointName(definition.url)) ?? false)
  );
}

function withoutCall(asked: Exclude<Passage, CallPassage>): Delivery {
  if (asked.kind === 'superseded') return asked;
  if (asked.kind === 'defer') return { kind: 'deferred', reason: asked.reason, dueAt: asked.dueAt };
  const status = asked.why === 'cancelled' ? 'cancelled' : 'error';
  return { kind: 'completed', status, failure: failureOf(asked.why), attempt: null, answer: null };
}
