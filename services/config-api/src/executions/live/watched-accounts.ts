import type { ChangeNotice } from '@hookline/database/execution-changes';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { retryUntilStopped } from '@hookline/shared/runtime/retry-until-stopped';
import type { ExecutionSession, ExecutionWatches, SessionEvents } from './pg-execution-watches.ts';

/** Follows the changes of one account. */
export interface ExecutionChangeListener {
  changed(notice: ChangeNotice): void;
  /** Called when changes may have been missed, and again if more may have been missed after that. */
  missed(): void;
}

interface WatchedAccountsDeps {
  watches: ExecutionWatches;
  openSession(events: SessionEvents): Promise<ExecutionSession>;
  logger: Logger;
}

/** Interval at which watches are renewed and the session is checked, in ms. */
export const RENEW_EVERY_MS = 5_000;

const RETRY = { firstMs: 100, maxMs: 5_000 };

/**
 * Follows the changes of executions of the watched accounts (ADR 47). Keeps one Postgres session open while at least
 * one account is watched. A lost session is reopened, and then every listener is notified that it may have missed
 * changes.
 */
export class WatchedAccounts implements Component {
  readonly name = 'watched accounts';
  readonly #deps: WatchedAccountsDeps;
  readonly #renewEveryMs: number;
  readonly #listeners = new Map<string, ExecutionChangeListener>();
  /**
   * Accounts whose changes may still be missed, because transactions from before their watch have not ended yet; each
   * with an id above those of these transactions.
   */
  readonly #unsettled = new Map<string, bigint>();
  #session: Promise<ExecutionSession> | undefined;
  #reopening: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stop = new AbortController();

  constructor(deps: WatchedAccountsDeps, { renewEveryMs }: { renewEveryMs: number }) {
    this.#deps = deps;
    this.#renewEveryMs = renewEveryMs;
  }

  start(): Promise<void> {
    this.#stop = new AbortController();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#reopening;
    const accountIds = [...this.#listeners.keys()];
    this.#listeners.clear();
    await this.#closeSession();
    if (accountIds.length > 0) await this.#unwatch(accountIds);
  }

  /**
   * Follows an account that is not followed yet. Once the promise resolves, the listener is notified of every later
   * change, or that it may have missed changes.
   * @throws Error if Postgres is unavailable; the account is then not followed
   */
  async follow(accountId: string, listener: ExecutionChangeListener): Promise<void> {
    this.#listeners.set(accountId, listener);
    try {
      await this.#open();
      await this.#watch([accountId]);
    } catch (error) {
      await this.leave(accountId);
      throw error;
    }
  }

  async leave(accountId: string): Promise<void> {
    this.#listeners.delete(accountId);
    this.#unsettled.delete(accountId);
    if (this.#listeners.size === 0) await this.#closeSession();
    await this.#unwatch([accountId]);
  }

  async #watch(accountIds: readonly string[]): Promise<void> {
    const unsettled = await this.#deps.watches.watch(accountIds);
    for (const accountId of accountIds) {
      if (unsettled === null || !this.#listeners.has(accountId)) this.#unsettled.delete(accountId);
      else this.#unsettled.set(accountId, unsettled);
    }
  }

  /** Notifies the listeners of accounts that have become settled that they may have missed changes. */
  async #checkUnsettled(): Promise<void> {
    if (this.#unsettled.size === 0) return;
    const oldest = await this.#deps.watches.oldestTransaction();
    for (const [accountId, transaction] of this.#unsettled) {
      if (oldest < transaction) continue;
      this.#unsettled.delete(accountId);
      this.#listeners.get(accountId)?.missed();
    }
  }

  /** Removes watches. A failure is only logged: a watch that remains expires once this instance renews no watches. */
  async #unwatch(accountIds: readonly string[]): Promise<void> {
    await this.#deps.watches
      .unwatch(accountIds)
      .catch((error: unknown) =>
        this.#deps.logger.debug({ err: error }, 'could not remove watches; they expire by themselves'),
      );
  }

  #open(): Promise<ExecutionSession> {
    if (this.#session) return this.#session;
    const session = this.#deps.openSession({
      onNotice: (notice) => this.#listeners.get(notice.accountId)?.changed(notice),
      onLost: () => this.#lost(session),
    });
    this.#session = session;
    session.catch(() => this.#lost(session));
    this.#timer ??= setInterval(() => void this.#renew(), this.#renewEveryMs);
    return session;
  }

  async #closeSession(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const session = this.#session;
    this.#session = undefined;
    await closed(session, this.#deps.logger);
  }

  #lost(session: Promise<ExecutionSession>): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    void closed(session, this.#deps.logger);
    if (this.#listeners.size === 0 || this.#stop.signal.aborted) return;
    this.#reopening ??= this.#reopen().finally(() => (this.#reopening = undefined));
  }

  async #reopen(): Promise<void> {
    const { logger } = this.#deps;
    const { signal } = this.#stop;
    const work = async (): Promise<void> => {
      if (this.#listeners.size === 0) return;
      await this.#open();
      const accountIds = [...this.#listeners.keys()];
      await this.#watch(accountIds);
      if (!this.#session) throw new Error('the session was lost again while it was being reopened');
      for (const accountId of accountIds) this.#listeners.get(accountId)?.missed();
    };
    const failed = (error: unknown, retryMs: number): void =>
      logger.warn(
        { err: error, retryMs },
        'could not reopen the lost session that listens for executions; trying again, and open streams receive nothing until then',
      );
    await retryUntilStopped(work, failed, { ...RETRY, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /**
   * Renews the watches. A watch that had expired is stored again, and its listener is notified that it may have missed
   * changes.
   */
  async #renew(): Promise<void> {
    const session = this.#session;
    if (!session || this.#reopening) return;
    const { watches, logger } = this.#deps;
    try {
      await (await session).ping();
      const renewed = new Set(await watches.renew([...this.#listeners.keys()]));
      await this.#checkUnsettled();
      const lapsed = [...this.#listeners.keys()].filter((accountId) => !renewed.has(accountId));
      if (lapsed.length === 0) return;
      await this.#watch(lapsed);
      for (const accountId of lapsed) this.#listeners.get(accountId)?.missed();
    } catch (error) {
      logger.warn({ err: error }, 'could not renew the watches of executions; reopening the session');
      this.#lost(session);
    }
  }
}

async function closed(session: Promise<ExecutionSession> | undefined, logger: Logger): Promise<void> {
  try {
    await (await session)?.close();
  } catch (error) {
    logger.debug({ err: error }, 'could not close a session that listens for executions; abandoning it');
  }
}
