import { StoppingError } from './stopping-error.ts';

/**
 * Who may call next. A slot is taken for the call alone. Limits: calls in flight of the whole dispatcher, of an account,
 * and of an endpoint. What is over waits in the queue of its endpoint; slots that become free go round the
 * accounts, and within an account round its endpoints, so that nobody waits behind somebody else's backlog.
 *
 * Sets keep insertion order, so the first of a `ready` set is the one whose turn it is, and adding it again puts it last.
 */

export interface SlotLimits {
  account: number;
  endpoint: number;
}

export interface SlotRequest {
  accountId: string;
  /** Names the endpoint within the account. */
  endpoint: string;
  limits: SlotLimits;
}

export interface Slot {
  /** Place in the endpoint's queue at arrival, from 1; null where it did not wait. */
  queuePosition: number | null;
  /** Gives the slot back; further calls do nothing. */
  release(): void;
}

/** A call's place in the queue. */
export interface SlotWait {
  /** Resolves when the call may start; with null once it is withdrawn. */
  slot: Promise<Slot | null>;
  /** Gives up waiting; does nothing once the slot was given. */
  withdraw: () => void;
}

interface EndpointQueue {
  name: string;
  account: AccountQueue;
  inFlight: number;
  limit: number;
  waiting: { start: () => void; refuse: (error: Error) => void }[];
}

interface AccountQueue {
  id: string;
  inFlight: number;
  limit: number;
  endpoints: Map<string, EndpointQueue>;
  /** Endpoints with somebody waiting and room under their own limit. */
  ready: Set<EndpointQueue>;
}

export class CallSlots {
  readonly #most: number;
  readonly #accounts = new Map<string, AccountQueue>();
  /** Accounts with a ready endpoint and room under their own limit. */
  readonly #ready = new Set<AccountQueue>();
  #closed = false;
  #inFlight = 0;
  #waiting = 0;

  /** @param most calls in flight of the whole dispatcher */
  constructor(most: number) {
    this.#most = most;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Accounts with a call in flight or waiting. */
  get accounts(): number {
    return this.#accounts.size;
  }

  /** Gives no slots any more: who waits, and whoever asks later, is refused with a StoppingError. */
  close(): void {
    this.#closed = true;
    for (const { endpoints } of this.#accounts.values()) {
      for (const { waiting } of endpoints.values()) {
        this.#waiting -= waiting.length;
        for (const { refuse } of waiting.splice(0)) refuse(new StoppingError());
      }
    }
    this.#ready.clear();
  }

  /** Asks for a slot. The newest limits of an account hold for all of its calls. */
  acquire({ accountId, endpoint: name, limits }: SlotRequest): SlotWait {
    if (this.#closed) return { slot: Promise.reject(new StoppingError()), withdraw: () => undefined };
    const account = this.#account(accountId, limits.account);
    const endpoint = this.#endpoint(account, name, limits.endpoint);
    const { promise, resolve, reject } = Promise.withResolvers<Slot | null>();
    const position = endpoint.waiting.length + 1;
    let arriving = true;
    const start = (): void => {
      // Admitted while it arrives: it never waited.
      resolve({ queuePosition: arriving ? null : position, release: this.#releaseOnce(endpoint) });
    };
    endpoint.waiting.push({ start, refuse: reject });
    this.#waiting++;
    this.#refresh(endpoint);
    this.#admit();
    arriving = false;
    const withdraw = (): void => {
      if (this.#remove(endpoint, start)) resolve(null);
    };
    return { slot: promise, withdraw };
  }

  #account(id: string, limit: number): AccountQueue {
    let account = this.#accounts.get(id);
    if (!account) {
      account = { id, inFlight: 0, limit, endpoints: new Map(), ready: new Set() };
      this.#accounts.set(id, account);
    }
    account.limit = limit;
    return account;
  }

  #endpoint(account: AccountQueue, name: string, limit: number): EndpointQueue {
    let endpoint = account.endpoints.get(name);
    if (!endpoint) {
      endpoint = { name, account, inFlight: 0, limit, waiting: [] };
      account.endpoints.set(name, endpoint);
    }
    endpoint.limit = limit;
    return endpoint;
  }

  #admit(): void {
    while (this.#inFlight < this.#most) {
      const [account] = this.#ready;
      const [endpoint] = account?.ready ?? [];
      const next = endpoint?.waiting.shift();
      if (!account || !endpoint || !next) return;
      this.#waiting--;
      this.#inFlight++;
      account.inFlight++;
      endpoint.inFlight++;
      // Behind the others, if there is more to do.
      account.ready.delete(endpoint);
      this.#ready.delete(account);
      this.#refresh(endpoint);
      next.start();
    }
  }

  #remove(endpoint: EndpointQueue, start: () => void): boolean {
    const place = endpoint.waiting.findIndex((one) => one.start === start);
    if (place === -1) return false;
    endpoint.waiting.splice(place, 1);
    this.#waiting--;
    this.#refresh(endpoint);
    this.#forgetIfIdle(endpoint);
    return true;
  }

  #releaseOnce(endpoint: EndpointQueue): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#inFlight--;
      endpoint.account.inFlight--;
      endpoint.inFlight--;
      this.#refresh(endpoint);
      this.#forgetIfIdle(endpoint);
      this.#admit();
    };
  }

  /** Puts the endpoint and its account into, or out of, the sets of those whose turn may come. */
  #refresh(endpoint: EndpointQueue): void {
    const { account } = endpoint;
    const endpointReady = endpoint.waiting.length > 0 && endpoint.inFlight < endpoint.limit;
    if (endpointReady) account.ready.add(endpoint);
    else account.ready.delete(endpoint);
    if (account.ready.size > 0 && account.inFlight < account.limit) this.#ready.add(account);
    else this.#ready.delete(account);
  }

  #forgetIfIdle({ name, account, inFlight, waiting }: EndpointQueue): void {
    if (inFlight === 0 && waiting.length === 0) account.endpoints.delete(name);
    if (account.endpoints.size === 0) this.#accounts.delete(account.id);
  }
}
