import type { EndpointQueue } from './endpoint-queue.ts';

/** The parts of an account's load on which its turn depends. */
export interface AccountLoad {
  inFlight: number;
  limit: number;
  /** Number of calls that the account may still start in this turn of the event loop. */
  startsLeft: number;
  /** Whether the account has to wait because of its CPU debts. */
  isHeld: boolean;
}

/** Endpoints of an account that could start a call, by kind. */
interface ReadyAccount {
  load: AccountLoad;
  fast: Set<EndpointQueue>;
  slow: Set<EndpointQueue>;
}

type Kind = 'fast' | 'slow';

/**
 * Decides whose turn it is among accounts with an endpoint that could start a call. Pure.
 *
 * Shares (docs/design/ownership.md): accounts with less than a fifth of the slots come first, so no account gets more
 * than a fifth while such an account waits; and no call to a slow endpoint starts while such calls hold at least half
 * of the slots. Fast and slow endpoints take turns, so that neither kind waits for the other's backlog.
 *
 * Sets keep insertion order, so the first item of a set has the next turn, and an item that is removed and added again
 * comes last.
 */
export class ReadyAccounts {
  readonly #accountShare: number;
  readonly #slowShare: number;
  readonly #accounts = new Map<string, ReadyAccount>();
  /** Accounts that may start a call, by the kind of endpoint that is ready. */
  readonly #ready: Record<Kind, Set<ReadyAccount>> = { fast: new Set(), slow: new Set() };
  /** Slots held by each slow endpoint. */
  readonly #slowHeld = new Map<EndpointQueue, number>();
  #slowInFlight = 0;
  #turn: Kind = 'fast';

  /** @param maxInFlight slots of the dispatcher */
  constructor(maxInFlight: number) {
    this.#accountShare = maxInFlight / 5;
    this.#slowShare = maxInFlight / 2;
  }

  clear(): void {
    this.#accounts.clear();
    this.#ready.fast.clear();
    this.#ready.slow.clear();
  }

  /** Updates the order of turns; call it after every change of an endpoint or its account. */
  refresh(endpoint: EndpointQueue, load: AccountLoad): void {
    this.#noteSlow(endpoint);
    const id = endpoint.accountId;
    const account = this.#accounts.get(id) ?? { load, fast: new Set(), slow: new Set() };
    account.load = load;
    this.#accounts.set(id, account);
    place(account.fast, endpoint, endpoint.isReady && !endpoint.isSlow);
    place(account.slow, endpoint, endpoint.isReady && endpoint.isSlow);
    this.#placeAccount(account);
    if (account.fast.size + account.slow.size === 0) this.#accounts.delete(id);
  }

  /** Checks again whether an account may start calls; call it after a change of its load that no `refresh` follows. */
  renew(accountId: string): void {
    const account = this.#accounts.get(accountId);
    if (account) this.#placeAccount(account);
  }

  #placeAccount(account: ReadyAccount): void {
    const { inFlight, limit, startsLeft, isHeld } = account.load;
    const mayStart = inFlight < limit && startsLeft > 0 && !isHeld;
    place(this.#ready.fast, account, mayStart && account.fast.size > 0);
    place(this.#ready.slow, account, mayStart && account.slow.size > 0);
  }

  /**
   * Returns the endpoint that starts a call next, and removes it; `refresh` then puts it behind the others. Undefined
   * if no call may start.
   */
  next(): EndpointQueue | undefined {
    const kinds = this.#kindsInTurn();
    const chosen = this.#first(kinds, true) ?? this.#first(kinds, false);
    if (!chosen) return undefined;
    const { kind, account } = chosen;
    this.#turn = kind === 'fast' ? 'slow' : 'fast';
    const [endpoint] = account[kind];
    if (endpoint) account[kind].delete(endpoint);
    this.#ready[kind].delete(account);
    return endpoint;
  }

  #kindsInTurn(): Kind[] {
    if (this.#slowInFlight >= this.#slowShare) return ['fast'];
    return this.#turn === 'fast' ? ['fast', 'slow'] : ['slow', 'fast'];
  }

  /** Returns the account whose turn it is. At most five accounts can hold a full share, so few are skipped. */
  #first(kinds: Kind[], withinShare: boolean): { kind: Kind; account: ReadyAccount } | undefined {
    for (const kind of kinds) {
      for (const account of this.#ready[kind]) {
        if (!withinShare || account.load.inFlight < this.#accountShare) return { kind, account };
      }
    }
    return undefined;
  }

  #noteSlow(endpoint: EndpointQueue): void {
    const holds = endpoint.isSlow ? endpoint.inFlight : 0;
    this.#slowInFlight += holds - (this.#slowHeld.get(endpoint) ?? 0);
    if (holds > 0) this.#slowHeld.set(endpoint, holds);
    else this.#slowHeld.delete(endpoint);
  }
}

/** Adds or removes an item; an item that stays keeps its place. */
function place<T>(set: Set<T>, item: T, isIn: boolean): void {
  if (isIn) set.add(item);
  else set.delete(item);
}
