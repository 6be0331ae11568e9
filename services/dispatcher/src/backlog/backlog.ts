import { TurnBudget } from '@hookline/shared/runtime/turn-budget';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { type AccountBacklog, emptyAccountBacklog } from './account-backlog.ts';
import { hasRoom, threshold, type Load } from './dynamic-threshold.ts';
import { EndpointBacklog, type Parked } from './endpoint-backlog.ts';
import { type ArrivingRecord, overflowPlace, type Place, type WaitsForPlace } from './place.ts';

interface BacklogDeps {
  now: () => number;
}

interface BacklogOptions {
  /** Load of unfinished records at which the consumer pauses; the backlog stays below it. */
  capacity: Load;
  /** Maximum number of open records; an account may have up to twice as many as there are places still free. */
  maxOpen: number;
}

/** Every account may have this many open records, however many other accounts have. */
const MIN_OPEN_OF_ACCOUNT = 100;
/**
 * Maximum number of bytes of all open records together; an account may have up to twice as many as are still free.
 * Limited because a decoded record takes more memory than its bytes, even though its context remains text, and because
 * every garbage collection pauses the calls of all accounts.
 */
const MAX_OPEN_BYTES = 50_331_648;
/** Every account may open a record while its open records total fewer bytes than this, whatever other accounts have. */
const MIN_OPEN_BYTES_OF_ACCOUNT = 4_194_304;
/** Number of open records per call in flight: one record is ready for the next call, and one is being settled. */
const OPEN_PER_CALL_IN_FLIGHT = 2;
/**
 * Allowance for open records that make no call, because they are being deferred or wait up to half a second for a rate
 * limit.
 */
const SPARE_OPEN = 500;

/**
 * Share of the capacity that the backlog may fill; the rest is reserved for records on their way out, so that the
 * consumer need not pause for them.
 */
const SHARE_OF_CAPACITY = 0.9;

/**
 * Maximum number of records opened in one turn of the event loop: decoding a record and starting on it takes up to
 * 0.1 ms.
 */
const MAX_OPENED_PER_TURN = 32;

const TICK_MS = 250;
/**
 * A record that would be parked for longer belongs in the delay lanes, because it holds back its partition's watermark.
 */
const MAX_PARKED_MS = 120_000;
/**
 * Sending a record away costs about as much as a call, so a backlog that has become too long shrinks in portions of
 * this size.
 */
const MAX_SENT_AWAY_PER_TICK = 250;

/**
 * Records that were fetched and have no verdict yet, by endpoint.
 *
 * Most of a burst only waits. Few records of an endpoint are open at a time: decoded, in the queue for a slot or in
 * flight. The records behind them are parked: their bytes, as received from Kafka, are copied to memory that belongs to
 * their endpoint, because a single record would otherwise keep the whole response of Kafka in memory. Parking a record
 * costs about ten microseconds and little more memory than its size, so a campaign of 100,000 contacts is received
 * within seconds, and the records of other accounts overtake it. The parked records of an endpoint are opened in order;
 * accounts take turns, and so do the endpoints of an account.
 *
 * Dynamic thresholds divide the memory (see `hasRoom`). A record overflows into the delay lanes if its account or its
 * endpoint has reached its threshold when the record arrives. An endpoint is assumed to be fast until its pace is
 * measured (ADR 21); once it proves too slow to finish its parked records within two minutes, the newest of them
 * overflow as well.
 */
export class Backlog {
  readonly #now: () => number;
  readonly #capacity: Load;
  readonly #maxOpen: number;
  readonly #accounts = new Map<string, AccountBacklog>();
  readonly #withParked = new Set<EndpointBacklog>();
  readonly #held: Load = { records: 0, bytes: 0 };
  /** Accounts with an endpoint that is ready, in the order of their turns. */
  readonly #ready = new Set<AccountBacklog>();
  readonly #opening = new TurnBudget(MAX_OPENED_PER_TURN, () => this.#openReady());
  readonly #open: Load = { records: 0, bytes: 0 };
  #parked = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ now }: BacklogDeps, options: BacklogOptions) {
    this.#now = now;
    const { records, bytes } = options.capacity;
    this.#capacity = { records: records * SHARE_OF_CAPACITY, bytes: bytes * SHARE_OF_CAPACITY };
    this.#maxOpen = options.maxOpen;
  }

  /** Whether the backlog is closed: it opens no records, and none may enter. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Number of parked records of all endpoints. */
  get parked(): number {
    return this.#parked;
  }

  /** Number of parked records of one endpoint. */
  parkedOf({ accountId, endpoint }: { accountId: string; endpoint: string }): number {
    return this.#accounts.get(accountId)?.endpoints.get(endpoint)?.parked.size ?? 0;
  }

  /**
   * Opens or parks a record, or plans its return from the delay lanes.
   * @param waiting receives the place of a parked record later, or null if the process stops first
   * @returns the place of the record, or null if the record is parked
   */
  enter(arrival: ArrivingRecord, waiting: WaitsForPlace): Place | null {
    const { accountId, executionId, bytes } = arrival;
    const account = this.#account(accountId);
    const endpoint = this.#endpoint(account, arrival);
    if (!this.#hasRoom(account, endpoint)) {
      const dueAt = endpoint.planNext(this.#now());
      this.#forgetIfIdle(account, endpoint);
      return overflowPlace(dueAt);
    }
    this.#hold(account, endpoint, { records: 1, bytes });
    const behind = endpoint.parked.size;
    if (behind === 0 && this.#mayOpenNow(account, endpoint)) {
      return this.#openPlace(account, endpoint, { bytes, parkedBehind: null });
    }
    this.#park(account, { endpoint, executionId, bytes, behind, waiting, hasLeft: false });
    return null;
  }

  /** Opens a parked record immediately, out of turn and beyond every bound, because its execution was cancelled. */
  hurry({ accountId, executionId }: ExecutionIdentity): void {
    const account = this.#accounts.get(accountId);
    const parked = account?.parked.get(executionId);
    if (account && parked?.endpoint.parked.remove(parked)) this.#openParked(account, parked);
  }

  /** Gives up parked records; open records end as usual. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#ready.clear();
    for (const endpoint of this.#withParked) {
      for (let one = endpoint.parked.shift(); one; one = endpoint.parked.shift()) one.waiting.placed(null);
    }
    this.#withParked.clear();
    this.#parked = 0;
  }

  #account(id: string): AccountBacklog {
    const known = this.#accounts.get(id);
    if (known) return known;
    const account = emptyAccountBacklog(id);
    this.#accounts.set(id, account);
    return account;
  }

  /** Returns the backlog of an endpoint. The endpoint's newest limit applies to all of its records. */
  #endpoint(account: AccountBacklog, { endpoint: name, maxInFlight }: ArrivingRecord): EndpointBacklog {
    const maxOpen = OPEN_PER_CALL_IN_FLIGHT * maxInFlight + SPARE_OPEN;
    const known = account.endpoints.get(name);
    if (known) {
      known.maxOpen = maxOpen;
      return known;
    }
    const endpoint = new EndpointBacklog({ accountId: account.id, endpoint: name }, maxOpen);
    account.endpoints.set(name, endpoint);
    return endpoint;
  }

  #hasRoom(account: AccountBacklog, endpoint: EndpointBacklog): boolean {
    const holders = { all: this.#held, account: account.held, endpoint: endpoint.held };
    return hasRoom(this.#capacity, holders);
  }

  #mayOpenFor(account: AccountBacklog): boolean {
    const maxRecords = Math.max(MIN_OPEN_OF_ACCOUNT, threshold(this.#maxOpen, this.#open.records));
    const maxBytes = Math.max(MIN_OPEN_BYTES_OF_ACCOUNT, threshold(MAX_OPEN_BYTES, this.#open.bytes));
    return account.open.records < maxRecords && account.open.bytes < maxBytes;
  }

  #mayOpenNow(account: AccountBacklog, endpoint: EndpointBacklog): boolean {
    return endpoint.open < endpoint.maxOpen && !this.#opening.isSpent && this.#mayOpenFor(account);
  }

  #openPlace(account: AccountBacklog, endpoint: EndpointBacklog, { bytes, parkedBehind }: OpenPlace): Place {
    this.#opening.spend();
    this.#openChanged(account, endpoint, { records: 1, bytes });
    let isOver = false;
    const close = (): void => {
      if (isOver) return;
      isOver = true;
      endpoint.noteClosed();
      this.#openChanged(account, endpoint, { records: -1, bytes: -bytes });
      this.#hold(account, endpoint, { records: -1, bytes: -bytes });
      this.#refresh(account, endpoint);
      this.#openReady();
      this.#forgetIfIdle(account, endpoint);
    };
    return { kind: 'open', parkedBehind, close };
  }

  #park(account: AccountBacklog, parked: Parked): void {
    parked.waiting.parkedIn(parked.endpoint.copies);
    parked.endpoint.parked.push(parked);
    account.parked.set(parked.executionId, parked);
    this.#parked++;
    this.#refresh(account, parked.endpoint);
  }

  /**
   * Opens parked records as far as bounds and budget allow. Accounts take turns, and so do the endpoints of an account.
   */
  #openReady(): void {
    while (!this.#opening.isSpent) {
      const [account] = this.#ready;
      if (!account) return;
      this.#ready.delete(account);
      // An account at its bound becomes ready again when it finishes a record.
      if (this.#mayOpenFor(account)) this.#openNextOf(account);
    }
  }

  #openNextOf(account: AccountBacklog): void {
    const [endpoint] = account.ready;
    const next = endpoint?.parked.shift();
    if (!endpoint || !next) return;
    account.ready.delete(endpoint);
    this.#openParked(account, next);
  }

  /** Opens a record that was removed from the parked records of its endpoint. */
  #openParked(account: AccountBacklog, parked: Parked): void {
    const { bytes, behind: parkedBehind } = parked;
    const place = this.#openPlace(account, parked.endpoint, { bytes, parkedBehind });
    this.#unparked(account, parked);
    parked.waiting.placed(place);
  }

  #unparked(account: AccountBacklog, parked: Parked): void {
    const { executionId } = parked;
    if (account.parked.get(executionId) === parked) account.parked.delete(executionId);
    this.#parked--;
    this.#refresh(account, parked.endpoint);
  }

  #refresh(account: AccountBacklog, endpoint: EndpointBacklog): void {
    if (endpoint.isReady) account.ready.add(endpoint);
    else account.ready.delete(endpoint);
    if (account.ready.size > 0) this.#ready.add(account);
    else this.#ready.delete(account);
    if (endpoint.parked.size > 0) {
      this.#withParked.add(endpoint);
      this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
    } else if (this.#withParked.delete(endpoint)) endpoint.pauseMeasuring();
  }

  /** Measures paces, and sends away records that would be parked for too long at the pace of their endpoint. */
  #tick(): void {
    const now = this.#now();
    let budget = MAX_SENT_AWAY_PER_TICK;
    for (const endpoint of this.#withParked) {
      endpoint.measurePace(now);
      const excess = endpoint.parked.size - Math.ceil(endpoint.pacePerMs * MAX_PARKED_MS);
      const portion = Math.max(0, Math.min(excess, budget));
      budget -= portion;
      for (let sent = 0; sent < portion; sent++) this.#sendNewestAway(endpoint, now);
    }
    if (this.#withParked.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sendNewestAway(endpoint: EndpointBacklog, now: number): void {
    const account = this.#accounts.get(endpoint.accountId);
    const newest = endpoint.parked.pop();
    if (!account || !newest) return;
    const dueAt = endpoint.planNext(now);
    this.#hold(account, endpoint, { records: -1, bytes: -newest.bytes });
    this.#unparked(account, newest);
    newest.waiting.placed(overflowPlace(dueAt));
  }

  #hold(account: AccountBacklog, endpoint: EndpointBacklog, change: Load): void {
    add(change, [this.#held, account.held, endpoint.held]);
  }

  #openChanged(account: AccountBacklog, endpoint: EndpointBacklog, change: Load): void {
    add(change, [this.#open, account.open]);
    endpoint.open += change.records;
  }

  #forgetIfIdle(account: AccountBacklog, endpoint: EndpointBacklog): void {
    if (endpoint.held.records > 0) return;
    account.endpoints.delete(endpoint.endpoint);
    if (account.endpoints.size === 0) this.#accounts.delete(account.id);
  }
}

function add(change: Load, loads: readonly Load[]): void {
  for (const load of loads) {
    load.records += change.records;
    load.bytes += change.bytes;
  }
}

interface OpenPlace {
  bytes: number;
  parkedBehind: number | null;
}
