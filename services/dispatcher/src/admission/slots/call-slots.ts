import { EndpointQueue, SLOW_MS, type Running, type Waiting } from './endpoint-queue.ts';
import { ReadyAccounts, type AccountLoad } from './ready-accounts.ts';
import type { CpuDebts } from './cpu-debts.ts';
import type { LoopRest } from './loop-rest.ts';
import { StoppingError } from '@hookline/shared/runtime/stopping-error';
import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import { TurnBudget } from '@hookline/shared/runtime/turn-budget';
import type { SlotLimits } from '../../definitions/slot-limits.ts';

export interface SlotRequest {
  accountId: string;
  /** Name of the endpoint within the account. */
  endpoint: string;
  limits: SlotLimits;
}

export interface Slot {
  /** Place in the endpoint's queue at arrival, from 1; null if the call did not wait. */
  queuePosition: number | null;
  /** Frees the slot after the call. Only the first `finish` or `cancel` has an effect. */
  finish(): void;
  /** Frees the slot when no call was made; the time for which it was held does not make the endpoint slow. */
  cancel(): void;
}

/** Result of a call that withdrew before it had a slot. */
interface NoSlot {
  left: 'withdrawn';
}

/** A call's place in the queue. */
interface SlotWait {
  /** Resolves when the call may start or has withdrawn; rejects with a StoppingError once the slots are closed. */
  slot: Promise<Slot | NoSlot>;
  /** Leaves the queue; does nothing if the call already has its slot. */
  withdraw: () => void;
}

interface CallSlotsDeps {
  now: () => number;
  rest: LoopRest;
  /** CPU time that accounts have used and that delays their next calls. */
  debts: CpuDebts;
}

interface CallSlotsOptions {
  /** Maximum number of calls in flight in the whole dispatcher. */
  maxInFlight: number;
}

interface AccountQueue extends AccountLoad {
  id: string;
  endpoints: Map<string, EndpointQueue>;
}

/**
 * Maximum numbers of calls that an account, and all accounts together, may start in one turn of the event loop.
 * Rendering, sending and settling a call take a third of a millisecond, so if a turn started a whole burst, all other
 * accounts would wait for the calls of the burst. Many accounts together may start more, because larger batches to
 * Kafka allow more calls per second.
 */
const MAX_STARTS_OF_ACCOUNT = 12;
const MAX_STARTS = 32;
/**
 * If no other account has called for this long, an account may start as many calls as all accounts together, because no
 * other account waits for it.
 */
const ALONE_AFTER_MS = 1_000;
/**
 * Interval in ms at which `CallSlots` checks whether the loop has rested; no timer can be shorter. A timer is needed
 * because an idle loop triggers no callback.
 */
const LOOK_AGAIN_MS = 1;
/** Maximum number of idle endpoints that are remembered as slow; beyond this number, the oldest are forgotten. */
const MAX_REMEMBERED_SLOW = 10_000;

/**
 * Decides which call may start next. A slot is held only during the call. Limits apply to the calls in flight of the
 * whole dispatcher, of an account and of an endpoint. A call over a limit waits in the queue of its endpoint.
 * Freed slots go to accounts one after another, and within an account to one endpoint after another, so that no account
 * waits behind the backlog of another account. Within the limits, shares give precedence to accounts with few slots and
 * keep slots free for fast endpoints (see ReadyAccounts). The number of calls that wait here is bounded, because
 * `Backlog` limits the number of records that are open.
 */
export class CallSlots {
  readonly #deps: CallSlotsDeps;
  readonly #maxInFlight: number;
  readonly #accounts = new Map<string, AccountQueue>();
  readonly #ready: ReadyAccounts;
  /** Calls in flight that are not overdue yet, oldest first. */
  readonly #young = new Set<Running>();
  readonly #rememberedSlow = new BoundedMap<string, true>({ maxEntries: MAX_REMEMBERED_SLOW });
  readonly #starts = new TurnBudget(MAX_STARTS, () => this.#nextTurn());
  /** Accounts that have started calls in this turn. */
  readonly #started = new Set<AccountQueue>();
  /** Accounts that start no calls until the event loop has rested. */
  readonly #resting = new Set<AccountQueue>();
  #lastStarted: string | undefined;
  /** Epoch ms until which more than one account is assumed to be making calls. */
  #sharedUntil = 0;
  #closed = false;
  #inFlight = 0;
  #waiting = 0;

  constructor(deps: CallSlotsDeps, { maxInFlight }: CallSlotsOptions) {
    this.#deps = deps;
    this.#maxInFlight = maxInFlight;
    this.#ready = new ReadyAccounts(maxInFlight);
    deps.debts.onChange((accountId) => this.#debtChanged(accountId));
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Returns the number of calls to one endpoint, in flight and waiting. */
  loadOf({ accountId, endpoint: name }: { accountId: string; endpoint: string }): {
    inFlight: number;
    waiting: number;
  } {
    const endpoint = this.#accounts.get(accountId)?.endpoints.get(name);
    return { inFlight: endpoint?.inFlight ?? 0, waiting: endpoint?.waiting.length ?? 0 };
  }

  /** Number of accounts with a call in flight or waiting. */
  get accounts(): number {
    return this.#accounts.size;
  }

  /** Stops assigning slots: rejects waiting and later calls with a StoppingError. */
  close(): void {
    this.#closed = true;
    for (const { endpoints } of this.#accounts.values()) {
      for (const { waiting } of endpoints.values()) {
        this.#waiting -= waiting.length;
        for (const { refuse } of waiting.splice(0)) refuse(new StoppingError());
      }
    }
    this.#ready.clear();
    this.#deps.debts.close();
  }

  /** Requests a slot. The newest limits of an account apply to all of its calls. */
  acquire({ accountId, endpoint: name, limits }: SlotRequest): SlotWait {
    if (this.#closed) return { slot: Promise.reject(new StoppingError()), withdraw: () => undefined };
    const account = this.#account(accountId, limits.account);
    const endpoint = this.#endpoint(account, { name, accountId }, limits.endpoint);
    const { promise, resolve, reject } = Promise.withResolvers<Slot | NoSlot>();
    const position = endpoint.waiting.length + 1;
    let arriving = true;
    const waiting: Waiting = {
      start: () => {
        // A call that is admitted on arrival never waited.
        resolve({ queuePosition: arriving ? null : position, ...this.#run(endpoint) });
      },
      leave: () => resolve({ left: 'withdrawn' }),
      refuse: reject,
    };
    endpoint.waiting.push(waiting);
    this.#waitingChanged(endpoint, 1);
    this.#admit();
    arriving = false;
    return { slot: promise, withdraw: () => this.#remove(endpoint, waiting) };
  }

  #account(id: string, limit: number): AccountQueue {
    let account = this.#accounts.get(id);
    if (!account) {
      const isHeld = this.#deps.debts.isHeld(id);
      account = { id, limit, inFlight: 0, startsLeft: MAX_STARTS_OF_ACCOUNT, isHeld, endpoints: new Map() };
      this.#accounts.set(id, account);
    }
    account.limit = limit;
    return account;
  }

  #endpoint(
    { endpoints }: AccountQueue,
    names: { name: string; accountId: string },
    limit: number,
  ): EndpointQueue {
    let endpoint = endpoints.get(names.name);
    if (!endpoint) {
      const wasSlow = this.#rememberedSlow.size > 0 && this.#rememberedSlow.delete(endpointKeyOf(names));
      endpoint = new EndpointQueue(names, limit, wasSlow);
      endpoints.set(names.name, endpoint);
    }
    endpoint.limit = limit;
    return endpoint;
  }

  #admit(): void {
    this.#noteOverdue();
    if (this.#resting.size > 0 && this.#deps.rest.isRested()) this.#endRest();
    while (this.#inFlight < this.#maxInFlight && !this.#starts.isSpent) {
      const endpoint = this.#ready.next();
      const next = endpoint?.waiting.shift();
      if (!endpoint || !next) return;
      this.#starts.spend();
      this.#noteStart(endpoint);
      this.#waitingChanged(endpoint, -1);
      next.start();
    }
  }

  #debtChanged(accountId: string): void {
    const account = this.#accounts.get(accountId);
    if (!account) return;
    account.isHeld = this.#deps.debts.isHeld(accountId);
    this.#ready.renew(accountId);
    this.#admit();
  }

  #noteStart({ accountId }: EndpointQueue): void {
    const account = this.#accounts.get(accountId);
    if (!account) return;
    account.startsLeft--;
    this.#started.add(account);
    if (accountId !== this.#lastStarted) this.#sharedUntil = this.#deps.now() + ALONE_AFTER_MS;
    this.#lastStarted = accountId;
  }

  #nextTurn(): void {
    const isShared = this.#deps.now() < this.#sharedUntil;
    for (const account of this.#started) {
      const hasMost = account.inFlight > this.#inFlight / 2;
      if (isShared && hasMost && account.startsLeft <= 0) this.#letRest(account);
      else this.#renew(account, isShared ? MAX_STARTS_OF_ACCOUNT : MAX_STARTS);
    }
    this.#started.clear();
    this.#admit();
  }

  #renew(account: AccountQueue, starts: number): void {
    account.startsLeft = starts;
    this.#ready.renew(account.id);
  }

  /**
   * Makes an account with a burst wait for spare capacity: it may start more calls once the loop has rested.
   */
  #letRest(account: AccountQueue): void {
    if (this.#resting.size === 0) {
      this.#deps.rest.begin();
      setTimeout(() => this.#untilRested(), LOOK_AGAIN_MS);
    }
    this.#resting.add(account);
  }

  #untilRested(): void {
    this.#admit();
    if (this.#resting.size > 0) setTimeout(() => this.#untilRested(), LOOK_AGAIN_MS);
  }

  #endRest(): void {
    for (const account of this.#resting) this.#renew(account, MAX_STARTS_OF_ACCOUNT);
    this.#resting.clear();
  }

  /** Takes a slot. */
  #run(endpoint: EndpointQueue): Pick<Slot, 'finish' | 'cancel'> {
    const running: Running = { endpoint, startedAt: this.#deps.now() };
    this.#young.add(running);
    this.#inFlightChanged(endpoint, 1);
    let over = false;
    const end = (called: boolean) => () => {
      if (over) return;
      over = true;
      this.#end(running, called);
    };
    return { finish: end(true), cancel: end(false) };
  }

  #end(running: Running, called: boolean): void {
    const { endpoint, startedAt } = running;
    const now = this.#deps.now();
    this.#noteOverdue();
    if (!this.#young.delete(running)) endpoint.overdue--;
    if (called) endpoint.lastWasSlow = now - startedAt > SLOW_MS;
    this.#inFlightChanged(endpoint, -1);
    this.#forgetIfIdle(endpoint);
    this.#admit();
  }

  /** Counts calls that have become overdue since the last decision, because no event signals this. */
  #noteOverdue(): void {
    const before = this.#deps.now() - SLOW_MS;
    for (const running of this.#young) {
      if (running.startedAt >= before) return;
      this.#young.delete(running);
      running.endpoint.overdue++;
      this.#refresh(running.endpoint);
    }
  }

  #remove(endpoint: EndpointQueue, waiting: Waiting): void {
    const place = endpoint.waiting.indexOf(waiting);
    if (place === -1) return;
    endpoint.waiting.splice(place, 1);
    waiting.leave();
    this.#waitingChanged(endpoint, -1);
    this.#forgetIfIdle(endpoint);
  }

  #waitingChanged(endpoint: EndpointQueue, by: 1 | -1): void {
    this.#waiting += by;
    this.#refresh(endpoint);
  }

  #inFlightChanged(endpoint: EndpointQueue, by: 1 | -1): void {
    const account = this.#accounts.get(endpoint.accountId);
    if (!account) return;
    this.#inFlight += by;
    account.inFlight += by;
    endpoint.inFlight += by;
    this.#refresh(endpoint);
  }

  #refresh(endpoint: EndpointQueue): void {
    const account = this.#accounts.get(endpoint.accountId);
    if (account) this.#ready.refresh(endpoint, account);
  }

  #forgetIfIdle(endpoint: EndpointQueue): void {
    const account = this.#accounts.get(endpoint.accountId);
    if (!account || !endpoint.isIdle) return;
    if (endpoint.lastWasSlow) this.#rememberedSlow.set(endpointKeyOf(endpoint), true);
    account.endpoints.delete(endpoint.name);
    if (account.endpoints.size === 0) this.#accounts.delete(endpoint.accountId);
  }
}

function endpointKeyOf({ accountId, name }: { accountId: string; name: string }): string {
  return JSON.stringify([accountId, name]);
}
