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
    /** Before a call queues: the time until which it is postponed, or null. */
    refusal(id: EndpointId, limits: RateLimits): Postponed | null;
    /** With a slot taken: starts the call now, or postpones it. */
    admit(id: EndpointId, limits: RateLimits, how: { hasReservation: boolean }): AdmittedCall | Postponed;
  };
  settingsOf: (accountId: string) => AccountSettings | undefined;
  /** Calls `onCancel` if the execution is cancelled before the returned function is called. */
  watchCancel: (execution: ExecutionIdentity, onCancel: () => void) => () => void;
}

/** `moved`: the definition points to another endpoint by now, which the call has to queue for. */
export type NotStarted = { kind: 'moved' } | Postponed;

/**
 * Admits calls to endpoints: a slot for each call in flight, then the endpoint's circuit and the rate
 * limits of endpoint and account. All of it is decided in memory, since all work of an account is here.
 */
export class Admissions {
  readonly #deps: AdmissionsDeps;
  /** For accounts that have no limits of their own. */
  readonly #defaultLimits: SlotLimits;

  constructor(deps: AdmissionsDeps, { defaultLimits }: { defaultLimits: SlotLimits }) {
    this.#deps = deps;
    this.#defaultLimits = defaultLimits;
  }

  /** Why a call need not queue for a slot: the circuit of its endpoint is open. */
  refusal(definition: WebhookDefinition): Postponed | null {
    const { endpointStates, settingsOf } = this.#deps;
    return endpointStates.refusal(
      endpointOf(definition),
      rateLimits(settingsOf(definition.accountId), definition),
    );
  }

  /**
   * Waits for a slot of the endpoint.
   * @returns null if the execution was cancelled before its turn
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
 * One call with a slot. Ends with `finish` where the call was made and with `cancel` where it was not; only the first of
 * them does anything.
 */
class Admission {
  readonly #deps: AdmissionsDeps;
  readonly #id: EndpointId;
  readonly #slot: Slot;
  #call: AdmittedCall | undefined;

  constructor(deps: AdmissionsDeps, id: EndpointId, slot: Slot) {
    this.#deps = deps;
    this.#id = id;
    this.#slot = slot;
  }

  /** Place in the endpoint's queue at arrival, from 1; null where it did not wait. */
  get queuePosition(): number | null {
    return this.#slot.queuePosition;
  }

  /**
   * Asks circuit and rate limits; a call that is started counts from now on.
   * @param how.hasReservation the call was postponed before and comes at, or after, the time reserved for it
   */
  start(definition: WebhookDefinition, how: { hasReservation: boolean }): { kind: 'started' } | NotStarted {
    if (endpointName(definition.url) !== this.#id.endpoint) return { kind: 'moved' };
    const limits = rateLimits(this.#deps.settingsOf(this.#id.accountId), definition);
    const admitted = this.#deps.endpointStates.admit(this.#id, limits, how);
    if (admitted.kind === 'postponed') return admitted;
    this.#call = admitted;
    return { kind: 'started' };
  }

  /**
   * The call has ended.
   * @param errorType of the attempt, null for a success
   */
  finish(errorType: ErrorType | null): void {
    // The circuit first: the call that takes the slot must find it as this one leaves it.
    this.#call?.finish(errorType);
    this.#slot.finish();
  }

  /** No call was made. */
  cancel(): void {
    this.#call?.finish('cancelled');
    this.#slot.cancel();
  }
}

function endpointOf({ accountId, url }: WebhookDefinition): EndpointId {
  return { accountId, endpoint: endpointName(url) };
}
