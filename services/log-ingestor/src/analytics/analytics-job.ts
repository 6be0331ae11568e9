import { setTimeout as sleep } from 'node:timers/promises';
import type { Level } from '@hookline/shared/analytics/rollup-key';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { AnalyticsMetrics } from './analytics-metrics.ts';
import { restAfterRound, TurnSchedule, type TurnPacing } from './turn-schedule.ts';

/** Database operations of the job; only one process at a time has a session. */
export interface AnalyticsSession {
  /** Returns the ids of up to `limit` accounts with marks, in ascending order, beginning after the given id. */
  accountsAfter(accountId: string, limit: number): Promise<string[]>;
  /** Returns up to `limit` marked buckets of an account, newest first, as epoch ms. */
  marked(accountId: string, level: Level, limit: number): Promise<number[]>;
  /**
   * Recomputes a minute from the history, or another bucket from the next finer level; if the history is gone, only
   * deletes the marks of the bucket.
   */
  recompute(accountId: string, level: Level, bucketAt: number): Promise<void>;
  /** Deletes hours and days past their retention. */
  deleteExpired(): Promise<void>;
}

interface AnalyticsJobDeps {
  /** Runs `work` unless another process has the session; returns whether it ran. */
  lead: (work: (session: AnalyticsSession) => Promise<void>) => Promise<boolean>;
  metrics: AnalyticsMetrics;
  logger: Logger;
  /** Epoch ms. */
  now: () => number;
}

interface AnalyticsJobOptions extends TurnPacing {
  /** Minimum pause between two rounds, ms. */
  pollMs: number;
  /** Time from the start of an account's turn after which the turn begins no further bucket, ms. */
  turnMs: number;
}

/** Pause after an error of the database, or while another process has the session, ms. */
const RETRY_MS = 5_000;
const ACCOUNTS_PER_QUERY = 500;
/** Interval of the deletions, short enough that little is deleted at a time. */
const DELETE_EVERY_MS = 3_600_000;
/**
 * Maximum number of buckets of a level in one turn. The newest come first, because a backlog must not delay the current
 * minute.
 */
const BUCKETS_PER_TURN = 30;

/**
 * Recomputes the minutes that ingest has marked as changed, then their hours and days. Accounts take turns of bounded
 * length (ADR 40). Nothing is lost if the job fails or is killed, because a mark is deleted in the transaction that
 * recomputes its bucket.
 */
export class AnalyticsJob implements Component {
  readonly name = 'analytics';
  readonly #deps: AnalyticsJobDeps;
  readonly #options: AnalyticsJobOptions;
  readonly #schedule: TurnSchedule;
  #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #problem: string | null = null;

  constructor(deps: AnalyticsJobDeps, options: AnalyticsJobOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#schedule = new TurnSchedule(options);
  }

  start(): Promise<void> {
    if (!this.#running) {
      this.#stopping = new AbortController();
      this.#running = this.#run();
    }
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#running = undefined;
  }

  problem(): string | null {
    return this.#problem;
  }

  async #run(): Promise<void> {
    const { lead, logger } = this.#deps;
    while (!this.#stopping.signal.aborted) {
      try {
        await lead((session) => this.#rounds(session));
        this.#problem = null;
      } catch (error) {
        this.#problem = `analytics could not be computed: ${String(error)}`;
        logger.warn(
          { err: error, pauseMs: RETRY_MS },
          'analytics could not be computed; trying again after a pause',
        );
      }
      await this.#pause(RETRY_MS);
    }
  }

  async #rounds(session: AnalyticsSession): Promise<void> {
    const { now } = this.#deps;
    let deletesAt = now();
    while (!this.#stopping.signal.aborted) {
      if (now() >= deletesAt) {
        await session.deleteExpired();
        deletesAt = now() + DELETE_EVERY_MS;
      }
      const startedAt = now();
      await this.#round(session);
      this.#problem = null;
      await this.#pause(restAfterRound(now() - startedAt, this.#options));
    }
  }

  async #round(session: AnalyticsSession): Promise<void> {
    for (let last = ''; ;) {
      const accounts = await session.accountsAfter(last, ACCOUNTS_PER_QUERY);
      for (const accountId of accounts) {
        if (this.#stopping.signal.aborted) return;
        await this.#turn(session, accountId);
      }
      const end = accounts.at(-1);
      if (end === undefined || accounts.length < ACCOUNTS_PER_QUERY) return;
      last = end;
    }
  }

  async #turn(session: AnalyticsSession, accountId: string): Promise<void> {
    const { logger, now } = this.#deps;
    const startedAt = now();
    const levels = this.#schedule.dueLevels(accountId, startedAt);
    if (levels.length === 0) return;
    const done: Level[] = [];
    try {
      for (const level of levels) {
        if (!(await this.#level(session, { accountId, level, endsAt: startedAt + this.#options.turnMs })))
          break;
        done.push(level);
      }
      this.#schedule.ended(accountId, { startedAt, endedAt: now(), done });
    } catch (error) {
      this.#schedule.failed(accountId, now());
      logger.warn(
        { err: error, accountId },
        'analytics of an account could not be computed; its next turn tries again',
      );
    }
  }

  /** Recomputes marked buckets of the level; returns whether all of them are done. */
  async #level(
    session: AnalyticsSession,
    { accountId, level, endsAt }: { accountId: string; level: Level; endsAt: number },
  ): Promise<boolean> {
    const { metrics, now } = this.#deps;
    const buckets = await session.marked(accountId, level, BUCKETS_PER_TURN);
    for (const bucketAt of buckets) {
      if (now() >= endsAt || this.#stopping.signal.aborted) return false;
      const startedAt = now();
      await session.recompute(accountId, level, bucketAt);
      metrics.recomputed.inc({ level });
      metrics.seconds.observe({ level }, (now() - startedAt) / 1_000);
    }
    return buckets.length < BUCKETS_PER_TURN;
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    await sleep(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
