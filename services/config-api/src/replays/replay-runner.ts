import { setTimeout as sleep } from 'node:timers/promises';
import { PublisherStoppedError } from '@hookline/shared/kafka/publish/publisher';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { unlessAborted } from '@hookline/shared/runtime/unless-aborted';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import type { LeasedJob } from './pg-replay-batches.ts';
import { runSlice, type SliceDeps } from './run-slice.ts';

interface ReplayRunnerTimes {
  /** Duration of a lease that is not renewed, in ms. */
  leaseMs: number;
  renewEveryMs: number;
  /**
   * Maximum time between two searches for due jobs, in ms. The instance that starts a job searches immediately, so this
   * only determines how soon an instance takes over the job of another instance that is busy or has died.
   */
  lookEveryMs: number;
}

export const REPLAY_RUNNER_TIMES: ReplayRunnerTimes = {
  leaseMs: 10_000,
  renewEveryMs: 3_000,
  lookEveryMs: 5_000,
};

/** Maximum number of batches that one instance processes at the same time, each for a different job. */
const MAX_SLICES = 4;
const MIN_WAIT_MS = 5;
/** Maximum time that `stop` waits for the batches in progress, which usually take milliseconds. */
const DRAIN_MS = 5_000;

/**
 * Runs due jobs batch by batch, beginning with the job that has waited longest, so that jobs and accounts take turns
 * (ADR 39). Every instance of config-api does so; a lease keeps two instances from working on the same job.
 */
export class ReplayRunner implements Component {
  readonly name = 'replay jobs';
  readonly #deps: SliceDeps & { logger: Logger };
  readonly #times: ReplayRunnerTimes;
  readonly #stopping = new AbortController();
  /** Aborted by `stop` to abandon the batches that are still in progress. */
  readonly #abandoned = new AbortController();
  readonly #slices = new Set<Promise<void>>();
  #wake = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;

  constructor(deps: SliceDeps & { logger: Logger }, times: ReplayRunnerTimes) {
    this.#deps = deps;
    this.#times = times;
  }

  async start(): Promise<void> {
    this.#running ??= this.#run();
  }

  /** Waits for the batches in progress; leaves those that Kafka does not acknowledge in time to another instance. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await withTimeout(Promise.all(this.#slices), DRAIN_MS, () => undefined);
    this.#abandoned.abort();
    await Promise.all(this.#slices);
  }

  /** Searches for jobs immediately. */
  wake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const woken = this.#wake.promise;
      const waitMs = await this.#startSlices().catch((error: unknown) => {
        this.#deps.logger.warn({ err: error }, 'the search for replay jobs failed; trying again');
        return this.#times.lookEveryMs;
      });
      await Promise.race([woken, sleep(waitMs, undefined, { signal }).catch(() => undefined)]);
    }
  }

  /**
   * Takes due jobs until `MAX_SLICES` batches are in progress or no job is due; returns the time in ms until the next
   * search.
   */
  async #startSlices(): Promise<number> {
    const { batches } = this.#deps;
    while (this.#slices.size < MAX_SLICES && !this.#stopping.signal.aborted) {
      const job = await batches.take(this.#times.leaseMs);
      if (!job) {
        const waitMs = (await batches.nextDueMs()) ?? Infinity;
        return Math.min(Math.max(waitMs, MIN_WAIT_MS), this.#times.lookEveryMs);
      }
      const slice = this.#runLeased(job).finally(() => {
        this.#slices.delete(slice);
        this.wake();
      });
      this.#slices.add(slice);
    }
    return this.#times.lookEveryMs;
  }

  async #runLeased(job: LeasedJob): Promise<void> {
    const { batches, logger } = this.#deps;
    const { accountId, jobId } = job;
    const renewing = setInterval(() => {
      batches.renew(job, this.#times.leaseMs).catch((error: unknown) => {
        logger.warn(
          { err: error, accountId, jobId },
          'the lease of a replay job was not renewed; trying again',
        );
      });
    }, this.#times.renewEveryMs);
    try {
      await unlessAborted(runSlice(this.#deps, job), this.#abandoned.signal);
      await batches.release(job);
    } catch (error) {
      // The lease is not released here but expires, so that a job that always fails is not retried in a tight loop.
      if (this.#abandoned.signal.aborted || error instanceof PublisherStoppedError) return;
      logger.warn({ err: error, accountId, jobId }, 'a batch of a replay job failed; it will be repeated');
    } finally {
      clearInterval(renewing);
    }
  }
}
