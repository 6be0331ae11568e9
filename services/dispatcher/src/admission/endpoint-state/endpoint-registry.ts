import type { AccountEndpointStates } from '@hookline/shared/contracts/endpoint-state';
import type { Rate } from '@hookline/shared/runtime/gcra';
import type { ErrorType } from '@hookline/webhook-call/outcome/error-catalogue';
import type { CircuitOptions } from '../circuit/circuit-options.ts';
import type { CircuitCall, CircuitChange } from '../circuit/circuit.ts';
import { endpointHealth } from '../circuit/endpoint-health.ts';
import { CallRate } from '../rate-limit/call-rate.ts';
import type { RateLimits } from '../rate-limit/rate-limits.ts';
import { requestStart, reserveStart } from '../rate-limit/rated-start.ts';
import { type AccountEntry, EndpointEntry, type EndpointId } from './endpoint-entry.ts';

/**
 * A call that may not start yet. A start time is reserved for it: `until` (a whole number of epoch ms). At that time,
 * the caller requests admission again with `hasReservation`, so that no second start time is reserved.
 */
export interface Postponed {
  kind: 'postponed';
  reason: 'circuit_open' | 'rate_limited';
  until: number;
  /** Whether the call waits in memory, however long its wait is, rather than in a delay lane. */
  waitInMemory: boolean;
}

/** A call that may start immediately. */
export interface AdmittedCall {
  kind: 'call';
  /** Whether the call probes an endpoint that failed. */
  probe: boolean;
  /**
   * Reports that the call has ended or will not be made. Only the first report has an effect.
   * @param errorType error class of the attempt, null for a success; `cancelled` if no call was made
   */
  finish(errorType: ErrorType | null): void;
}

export interface BreakerChange extends EndpointId, CircuitChange {}

interface RegistryDeps {
  now: () => number;
  onChange: (change: BreakerChange, entry: EndpointEntry) => void;
  /** Called with every endpoint whose state may have changed. */
  onUse: (entry: EndpointEntry) => void;
}

interface RegistryOptions {
  circuit: CircuitOptions;
  /** Rate at which calls postponed by an open circuit return if the endpoint has no limit. */
  recovery: Rate;
  /** Time without use after which an endpoint is forgotten, in ms. */
  idleMs: number;
  /** Maximum number of endpoints of all accounts. */
  maxEndpoints: number;
  /** Maximum number of endpoints of one account. */
  maxEndpointsPerAccount: number;
}

/**
 * Circuits and rate limits of all endpoints of this dispatcher, in memory: a decision involves no other process, since
 * this dispatcher processes all work of an account (docs/design/ownership.md). No I/O; memory is bounded.
 *
 * If an account has many endpoints, its own least recently used endpoint is forgotten first, so that the account can
 * neither close the open circuits of other accounts nor reset their rate limits.
 */
export class EndpointRegistry {
  readonly #deps: RegistryDeps;
  readonly #options: RegistryOptions;
  readonly #accounts = new Map<string, AccountEntry>();
  /** Endpoints by key, least recently used first. */
  readonly #endpoints = new Map<string, EndpointEntry>();
  readonly #notClosed = new Set<EndpointEntry>();
  /** Epoch of the newest tenure. */
  #epoch: number;

  constructor(deps: RegistryDeps, options: RegistryOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#epoch = deps.now();
  }

  get size(): number {
    return this.#endpoints.size;
  }

  /** Number of endpoints whose circuit is open or half-open. */
  get notClosed(): number {
    return this.#notClosed.size;
  }

  /** Returns the postponement of a call that its circuit would refuse now, so that it does not queue; null otherwise. */
  refusal(id: EndpointId, limits: RateLimits): Postponed | null {
    return this.#refusal(this.#use(id), limits, this.#deps.now());
  }

  /**
   * Starts a call that has a slot, or postpones it.
   * @param hasReservation whether the call was postponed before and has reached the time reserved for it
   */
  admit(
    id: EndpointId,
    limits: RateLimits,
    { hasReservation }: { hasReservation: boolean },
  ): AdmittedCall | Postponed {
    const entry = this.#use(id);
    // Reads the clock only once: a second reading could be earlier and find the circuit open again.
    const now = this.#deps.now();
    const refused = this.#refusal(entry, limits, now);
    if (refused) return refused;
    const levels = {
      account: limits.account && { state: entry.account.rate, rate: limits.account },
      endpoint: limits.endpoint && { state: entry.rate, rate: limits.endpoint },
    };
    const start = requestStart(levels, { now, hasReservation });
    if (start.kind === 'postponed') return { ...start, reason: 'rate_limited' };
    const admission = entry.circuit.admit(now);
    // The circuit was checked above, with the same reading of the clock.
    if (admission.kind === 'open') throw new Error('the circuit refused a call that it had just allowed');
    return {
      kind: 'call',
      probe: admission.probe,
      finish: (errorType) => this.#finish(entry, admission.call, errorType),
    };
  }

  /**
   * Closes the circuit of an endpoint that is known here; an unknown endpoint has a closed circuit.
   * @returns whether the circuit was open or half-open
   */
  reset(id: EndpointId): boolean {
    return this.#endpoints.get(keyOf(id))?.circuit.reset(this.#deps.now()) ?? false;
  }

  /**
   * Begins a tenure of accounts: forgets what is known about them, since another owner had them in the meantime.
   * Results of their calls in flight are no longer counted.
   *
   * Epochs are times of assignment, so a newer owner has a higher epoch, and an owner that was suspended does not get a
   * higher epoch when it resumes.
   * @returns the epoch under which their states are written, unless `restore` sets a higher one
   */
  beginTenure(accountIds: readonly string[]): number {
    for (const accountId of accountIds) {
      for (const entry of this.#accounts.get(accountId)?.endpoints ?? []) this.#remove(entry);
      this.#accounts.delete(accountId);
    }
    this.#epoch = Math.max(this.#deps.now(), this.#epoch + 1);
    return this.#epoch;
  }

  /** Continues from the state that an earlier owner left. State that is already known here is newer and is kept. */
  restore(accountId: string, stored: AccountEndpointStates, epoch: number): void {
    const now = this.#deps.now();
    const account = this.#account(accountId);
    account.epoch = epoch;
    if (account.rate.busyUntil === 0 && stored.account) {
      account.rate = CallRate.restored(stored.account.rate, now);
    }
    for (const [endpoint, state] of stored.endpoints) {
      if (this.#endpoints.has(keyOf({ accountId, endpoint }))) continue;
      const entry = this.#add({ accountId, endpoint }, CallRate.restored(state.rate, now));
      entry.circuit.restore(state.breaker, state.updatedAt, now);
      this.#noteCircuit(entry);
    }
  }

  /**
   * Forgets endpoints that have been unused for `idleMs`, unless their circuit was open less than `idleMs` ago or a
   * start time is reserved; also forgets accounts that have neither endpoints nor reserved start times.
   */
  forgetIdle(): void {
    const now = this.#deps.now();
    const before = now - this.#options.idleMs;
    for (const entry of this.#endpoints.values()) {
      if (entry.usedAt >= before) break;
      const openUntil = entry.circuit.refusedUntil(before);
      if (openUntil === null && entry.rate.busyUntil <= now) this.#remove(entry);
    }
    for (const { accountId, endpoints, rate } of this.#accounts.values()) {
      if (endpoints.size === 0 && rate.busyUntil <= now) this.#accounts.delete(accountId);
    }
  }

  /** Returns whether this is still the current entry of its endpoint. */
  holds(entry: EndpointEntry): boolean {
    return this.#endpoints.get(keyOf(entry.id)) === entry;
  }

  #refusal(entry: EndpointEntry, limits: RateLimits, now: number): Postponed | null {
    const openUntil = entry.circuit.refusedUntil(now);
    if (openUntil === null) return null;
    // Leaves out the account's rate, because calls that wait for an endpoint that is down must not slow down other
    // calls.
    const endpoint = { state: entry.rate, rate: limits.endpoint ?? this.#options.recovery };
    return {
      kind: 'postponed',
      reason: 'circuit_open',
      until: reserveStart({ account: null, endpoint }, now, openUntil),
      waitInMemory: false,
    };
  }

  #finish(entry: EndpointEntry, call: CircuitCall, errorType: ErrorType | null): void {
    const now = this.#deps.now();
    const health = endpointHealth(errorType);
    if (health === 'working') entry.circuit.succeeded(call, now);
    else if (health === 'failing') entry.circuit.failed(call, now);
    else entry.circuit.abandoned(call);
    if (this.holds(entry)) this.#deps.onUse(entry);
  }

  #use(id: EndpointId): EndpointEntry {
    const key = keyOf(id);
    const entry = this.#endpoints.get(key) ?? this.#add(id, new CallRate());
    this.#endpoints.delete(key);
    this.#endpoints.set(key, entry);
    entry.account.endpoints.delete(entry);
    entry.account.endpoints.add(entry);
    entry.usedAt = this.#deps.now();
    this.#deps.onUse(entry);
    return entry;
  }

  #add(id: EndpointId, rate: CallRate): EndpointEntry {
    const account = this.#account(id.accountId);
    const entry: EndpointEntry = new EndpointEntry({ id, account, rate }, this.#options.circuit, (change) => {
      if (!this.holds(entry)) return;
      this.#noteCircuit(entry);
      this.#deps.onChange({ ...id, ...change }, entry);
    });
    entry.usedAt = this.#deps.now();
    account.endpoints.add(entry);
    this.#endpoints.set(keyOf(id), entry);
    this.#makeRoom(account);
    return entry;
  }

  /** Forgets an endpoint if this dispatcher, or the account that has just gained an endpoint, has too many. */
  #makeRoom(growing: AccountEntry): void {
    const { maxEndpoints, maxEndpointsPerAccount } = this.#options;
    const exceeded = growing.endpoints.size > maxEndpointsPerAccount ? growing : null;
    const victim = exceeded ?? (this.#endpoints.size > maxEndpoints ? this.#largestAccount() : null);
    const [oldest] = victim?.endpoints ?? [];
    if (oldest) this.#remove(oldest);
  }

  /**
   * Returns the account with the most endpoints. On a tie, the account of the endpoint unused for longest is preferred.
   * Reads all accounts, but is called only if there are more than `maxEndpoints` endpoints; because of the limit per
   * account, that takes more than ten accounts.
   */
  #largestAccount(): AccountEntry | null {
    const [oldest] = this.#endpoints.values();
    let largest = oldest?.account ?? null;
    for (const account of this.#accounts.values()) {
      if (account.endpoints.size > (largest?.endpoints.size ?? 0)) largest = account;
    }
    return largest;
  }

  #account(accountId: string): AccountEntry {
    const known = this.#accounts.get(accountId);
    if (known) return known;
    const account: AccountEntry = {
      accountId,
      rate: new CallRate(),
      endpoints: new Set(),
      epoch: this.#epoch,
      lost: false,
      prunedAt: 0,
    };
    this.#accounts.set(accountId, account);
    return account;
  }

  #remove(entry: EndpointEntry): void {
    this.#endpoints.delete(keyOf(entry.id));
    this.#notClosed.delete(entry);
    entry.account.endpoints.delete(entry);
  }

  #noteCircuit(entry: EndpointEntry): void {
    if (entry.circuit.name === 'closed') this.#notClosed.delete(entry);
    else this.#notClosed.add(entry);
  }
}

/** An account id contains no U+0000 (`identityProblem`), so the first U+0000 marks its end. */
function keyOf({ accountId, endpoint }: EndpointId): string {
  return `${accountId}\0${endpoint}`;
}
