import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { StoredBytesStore, UsageWrite } from './redis-stored-bytes.ts';
import type { StoredBytes } from './stored-bytes.ts';

interface KeeperDeps {
  usages: StoredBytes;
  store: StoredBytesStore;
  quotaOf: (accountId: string) => number;
  logger: Logger;
  now: () => number;
}

/** Maximum number of accounts per round trip, small enough for the client's time limit. */
const ACCOUNTS_PER_TRIP = 200;

/**
 * Writes the usage of accounts to Redis a moment after it has changed, and continues from the usage found there. No
 * request waits for Redis: the usage of an account that this dispatcher has just taken over is counted from zero until
 * the first exchange, and usage that cannot be written stays pending until Redis is back.
 */
export class StoredBytesKeeper implements Component {
  readonly name = 'stored bytes';
  readonly #deps: KeeperDeps;
  readonly #everyMs: number;
  readonly #pending = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #stopped = false;

  constructor(deps: KeeperDeps, { everyMs }: { everyMs: number }) {
    this.#deps = deps;
    this.#everyMs = everyMs;
  }

  async start(): Promise<void> {
    // There is nothing to write yet.
  }

  /** Writes pending usage one last time. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#exchangeAll();
  }

  /** Schedules an account whose usage has changed. */
  schedule(accountId: string): void {
    this.#pending.add(accountId);
    this.#arm();
  }

  #arm(): void {
    if (this.#stopped || this.#timer) return;
    this.#timer = setTimeout(() => {
      void this.#exchangeAll().finally(() => {
        this.#timer = undefined;
        if (this.#pending.size > 0) this.#arm();
      });
    }, this.#everyMs);
  }

  /**
   * Exchanges the pending usage in portions and stops at the first failure, so that it waits only once for an
   * unavailable Redis. Never rejects.
   */
  async #exchangeAll(): Promise<void> {
    const accountIds = [...this.#pending];
    for (let i = 0; i < accountIds.length; i += ACCOUNTS_PER_TRIP) {
      const some = accountIds.slice(i, i + ACCOUNTS_PER_TRIP);
      try {
        await this.#exchange(some);
        this.#reportOutage(null);
      } catch (error) {
        for (const accountId of some) this.#pending.add(accountId);
        this.#reportOutage({ error });
        return;
      }
    }
  }

  async #exchange(accountIds: readonly string[]): Promise<void> {
    const { usages, store, quotaOf, now } = this.#deps;
    const writes = accountIds.flatMap((accountId): UsageWrite[] => {
      // Changes from here on are written in the next exchange.
      this.#pending.delete(accountId);
      const usage = usages.usageOf(accountId);
      return usage ? [{ accountId, usage: { ...usage } }] : [];
    });
    if (writes.length === 0) return;
    const stored = await store.exchange(writes);
    for (const [i, { accountId }] of writes.entries()) {
      const before = stored[i];
      if (before) usages.restore(accountId, before, { quota: quotaOf(accountId), now: now() });
    }
  }

  /** Logs once when writing begins to fail, and once when it works again. */
  #reportOutage(failure: { error: unknown } | null): void {
    if ((failure !== null) === this.#failing) return;
    this.#failing = failure !== null;
    const { logger } = this.#deps;
    if (failure) logger.warn({ err: failure.error }, 'stored bytes cannot be saved; counting only in memory');
    else logger.info('stored bytes can be saved again');
  }
}
