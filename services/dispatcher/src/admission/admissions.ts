import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { ErrorType } from '@hookline/webhook-call/outcome/error-catalogue';
import { endpointName } from '../definitions/endpoint-name.ts';
import { slotLimits, type SlotLimits } from '../definitions/slot-limits.ts';
import type { EndpointId } from './endpoint-state/endpoint-entry.ts';
import type { AdmittedCall, Postponed } from './endpoint-state/endpoint-registry.ts';
import { type RateLimits, rateLimits } from './rate-limit/rate-limits.ts';
import type { CallSlots, Slot } from './slots/call-slots.ts';

interface AdmissionsDeps {
  slots: CallSlots;
  endpointStates: {
    /**
     * If the circuit of a call would refuse it now, returns the call's postponement, so that the call does not queue for
     * a slot; otherwise null.
     */
    refusal(id: EndpointId, limits: RateLimits): Postponed | null;
    /** Starts a call that has a slot, or postpones it. */
    admit(id: EndpointId, limits: RateLimits, how: { hasReservation: boolean }): AdmittedCall | Postponed;
  };
  settingsOf: (accountId: string) => AccountSettings | undefined;
  /** Calls `onCancel` if the execution is cancelled before the returned function is called. */
  watchCancel: (execution: ExecutionIdentity, onCancel: () => void) => () => void;
}

/** `moved`: the definition now points to another endpoint, so the call has to queue there. */
export type NotStarted = { kind: 'moved' } | Postponed;

/**
 * Admits calls to endpoints: a slot for each call in flight, then the endpoint's circuit and the rate
 * limits of endpoint and account. Everything is decided in memory, since this dispatcher processes all work of
 * the account.
 */
export class Admissions {
  readonly #deps: AdmissionsDeps;
  /** Limits of accounts without limits of their own. */
  readonly #defaultLimits: SlotLimits;

  constructor(deps: AdmissionsDeps, { defaultLimits }: { defaultLimits: SlotLimits }) {
    this.#deps = deps;
    this.#defaultLimits = defaultLimits;
  }

  /**
   * If the circuit of a call would refuse it now, returns the call's postponement, so that the call does not queue for a
   * slot; otherwise null.
   */
  refusal(definition: WebhookDefinition): Postponed | null {
    const { endpointStates, settingsOf } = this.#deps;
    return endpointStates.refusal(
      endpointOf(definition),
      rateLimits(settingsOf(definition.accountId), definition),
    );
  }

  /**
   * Waits for a slot at the endpoint.
   * @returns null if the execution was cancelled before it got a slot
   * @throws StoppingError if the process stops first
   */
  async queue(execution: ExecutionIdentity, definition: WebhookDefinition): Promise<Admission | null> {
    const { slots, settingsOf, watchCancel } = this.#deps;
    const id = endpointOf(definition);
    const limits = slotLimits(settingsOf(id.accountId), this.#defaultLimits);
    const wait = slots.acquire({ ...id, limits });
    const endWatch = watchCancel(execution, wait.withdraw);
    const slot = await wait.slot.finally(endWatch);
    return 'left' in slot ? null : new Admission(this.#deps, id, slot);
  }
}

/**
 * A call that holds a slot. It ends with `finish` if it was made, or with `cancel` if it was not; only the first of
 * these has an effect.
 */
export class Admission {
  readonly #deps: AdmissionsDeps;
  readonly #id: EndpointId;
  readonly #slot: Slot;
  #call: AdmittedCall | undefined;

  constructor(deps: AdmissionsDeps, id: EndpointId, slot: Slot) {
    this.#deps = deps;
    this.#id = id;
    this.#slot = slot;
  }

  /** Place in the endpoint's queue at arrival, from 1; null if the call did not wait. */
  get queuePosition(): number | null {
    return this.#slot.queuePosition;
  }

  /**
   * Starts the call if circuit and rate limits allow it, and counts it towards both.
   * @param how.hasReservation whether the call was postponed before and has reached the time reserved for it
   */
  start(definition: WebhookDefinition, how: { hasReservation: boolean }): { kind: 'started' } | NotStarted {
    if (endpointName(definition) !== this.#id.endpoint) return { kind: 'moved' };
    const limits = rateLimits(this.#deps.settingsOf(this.#id.accountId), definition);
    const admitted = this.#deps.endpointStates.admit(this.#id, limits, how);
    if (admitted.kind === 'postponed') return admitted;
    this.#call = admitted;
    return { kind: 'started' };
  }

  /**
   * Reports that the call has ended.
   * @param errorType error class of the attempt, null for a success
   */
  finish(errorType: ErrorType | null): void {
    // Reports to the circuit first: the call that gets this slot must find the circuit's new state.
    this.#call?.finish(errorType);
    this.#slot.finish();
  }

  /** Reports that no call was made. */
  cancel(): void {
    this.#call?.finish('cancelled');
    this.#slot.cancel();
  }
}

function endpointOf(definition: WebhookDefinition): EndpointId {
  return { accountId: definition.accountId, endpoint: endpointName(definition) };
}
