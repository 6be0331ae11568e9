import { ACCOUNT_FIELD, readEndpointStates } from '@hookline/shared/contracts/endpoint-state';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { EndpointContent, EndpointEntry, EndpointId, EndpointLoad } from './endpoint-entry.ts';
import type { EndpointRegistry } from './endpoint-registry.ts';
import type { EndpointStateMetrics } from './endpoint-state-metrics.ts';
import type { AccountWrite, EndpointStateStore } from './redis-endpoint-states.ts';

interface StateKeeperDeps {
  registry: EndpointRegistry;
  store: EndpointStateStore;
  loadOf: (id: EndpointId) => EndpointLoad;
  metrics: EndpointStateMetrics;
  logger: Logger;
  now: () => number;
}

interface StateKeeperOptions {
  /** Interval at which counters are written, in ms. */
  everyMs: number;
  /** Time in ms after which a restore begins no further claim, because partitions wait for the restore. */
  restoreMs: number;
}

/** Maximum number of endpoints per round trip, small enough for the client's time limit. */
const ENDPOINTS_PER_TRIP = 200;
const ACCOUNTS_PER_TRIP = 50;
/**
 * An endpoint that has calls, or whose circuit is not closed, is written again after this time even if it is unchanged,
 * because Redis may have been emptied.
 */
const REFRESH_MS = 60_000;
const PRUNE_MS = 3_600_000;

interface StateUpdate {
  entry: EndpointEntry;
  content: EndpointContent;
  json: string;
}

/**
 * Writes changed states of the registry to Redis, and reads the stored states of gained accounts. No call waits for
 * Redis: changes that cannot be written stay pending until Redis is back.
 */
export class StateKeeper {
  readonly #deps: StateKeeperDeps;
  readonly #options: StateKeeperOptions;
  readonly #pending = new Set<EndpointEntry>();
  #version = 0;
  #failing = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(deps: StateKeeperDeps, options: StateKeeperOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Schedules an endpoint to be written at the end of the current interval. */
  schedule(entry: EndpointEntry): void {
    this.#pending.add(entry);
    this.#arm();
  }

  /** Tries to write an endpoint; resolves even if the write fails. */
  async writeNow(entry: EndpointEntry): Promise<void> {
    await this.#write([entry]);
  }

  /**
   * Begins a tenure of accounts: discards the state known here and continues from the stored state. Never
   * rejects.
   */
  async restore(accountIds: readonly string[]): Promise<void> {
    const { registry, store, logger, now } = this.#deps;
    const startedAt = now();
    const epoch = registry.beginTenure(accountIds);
    let claimed = 0;
    try {
      while (claimed < accountIds.length && now() - startedAt <= this.#options.restoreMs) {
        const some = accountIds.slice(claimed, claimed + ACCOUNTS_PER_TRIP);
        for (const account of await store.claim(some, epoch)) {
          registry.restore(account.accountId, readEndpointStates(account.fields, now()), account.epoch);
        }
        claimed += some.length;
      }
    } catch (err) {
      logger.warn(
        { err },
        'endpoint states cannot be read; circuits and rate limits not yet read start in their initial state',
      );
      return;
    }
    const counts = { accounts: accountIds.length, claimed };
    if (claimed === accountIds.length) logger.info(counts, 'endpoint states restored');
    else
      logger.warn(
        counts,
        'reading endpoint states took too long; those not yet read start in their initial state',
      );
  }

  /** Writes pending changes one last time. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#write([...this.#pending]);
  }

  #arm(): void {
    if (this.#stopped || this.#timer) return;
    this.#timer = setTimeout(() => {
      void this.#write([...this.#pending]).finally(() => {
        this.#timer = undefined;
        if (this.#pending.size > 0) this.#arm();
      });
    }, this.#options.everyMs);
  }

  /**
   * Writes in portions and stops at the first failure, so that it waits only once for an unavailable Redis. Never
   * rejects.
   */
  async #write(entries: readonly EndpointEntry[]): Promise<void> {
    for (let i = 0; i < entries.length; i += ENDPOINTS_PER_TRIP) {
      const updates = entries
        .slice(i, i + ENDPOINTS_PER_TRIP)
        .flatMap((entry) => this.#updateOf(entry) ?? []);
      if (updates.length === 0) continue;
      const failure = await this.#writeSome(updates).then(
        () => null,
        (error: unknown) => ({ error }),
      );
      this.#deps.metrics.writes.inc({ result: failure ? 'failed' : 'written' }, updates.length);
      this.#reportOutage(failure);
      if (failure) return;
    }
  }

  async #writeSome(updates: readonly StateUpdate[]): Promise<void> {
    const { store, logger, now } = this.#deps;
    const byAccount = Map.groupBy(updates, ({ entry }) => entry.account);
    const at = now();
    const writes = [...byAccount].map(([account, ofAccount]): AccountWrite => {
      const { accountId, epoch } = account;
      const field = (name: string, content: object): AccountWrite['fields'][number] => {
        const version = ++this.#version;
        return { name, version, json: JSON.stringify({ version, epoch, updatedAt: at, ...content }) };
      };
      const fields = ofAccount.map(({ entry, content }) => field(entry.id.endpoint, content));
      return {
        accountId,
        epoch,
        fields: [field(ACCOUNT_FIELD, { rate: account.rate.snapshot() }), ...fields],
      };
    });
    const refused = new Set(await store.write(writes));
    for (const account of byAccount.keys()) {
      if (account.lost || !refused.has(account.accountId)) continue;
      account.lost = true;
      logger.warn(
        { accountId: account.accountId },
        'endpoint states not saved: a newer owner has taken over the account; no longer saving them',
      );
    }
    for (const { entry, json } of updates) entry.written = { json, at };
    const due = [...byAccount.keys()].filter(({ prunedAt }) => at - prunedAt >= PRUNE_MS);
    if (due.length === 0) return;
    // Set even if pruning fails, because an account with so many dead endpoints that pruning times out must not make
    // every write fail.
    for (const account of due) account.prunedAt = at;
    await store.prune(
      due.map(({ accountId }) => accountId),
      at,
    );
  }

  /**
   * Returns the state of an endpoint if it must be written to Redis. An idle endpoint whose state is stored is no
   * longer pending.
   */
  #updateOf(entry: EndpointEntry): StateUpdate | undefined {
    const { registry, loadOf, now } = this.#deps;
    const at = now();
    if (entry.account.lost || !registry.holds(entry)) {
      this.#pending.delete(entry);
      return undefined;
    }
    const content = entry.content(loadOf(entry.id), at);
    const json = JSON.stringify(content);
    if (entry.written?.json !== json) return { entry, content, json };
    const rests = content.inFlight === 0 && content.waiting === 0 && content.breaker.state === 'closed';
    if (rests) this.#pending.delete(entry);
    return rests || at - entry.written.at < REFRESH_MS ? undefined : { entry, content, json };
  }

  /** Logs once when writing begins to fail, and once when it works again. */
  #reportOutage(failure: { error: unknown } | null): void {
    if ((failure !== null) === this.#failing) return;
    this.#failing = failure !== null;
    const { logger } = this.#deps;
    if (failure) logger.warn({ err: failure.error }, 'endpoint states cannot be written; delivery continues');
    else logger.info('endpoint states can be written again');
  }
}
