import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Counter } from '@hookline/shared/runtime/metrics';

/**
 * Interval of the rounds, short enough to make up for a failed round long before the partitions created ahead run out.
 */
const ROUND_EVERY_MS = 3_600_000;

interface PartitionKeeperDeps {
  /** Runs one round of maintenance; returns the names of the dropped partitions. */
  round: () => Promise<string[]>;
  dropped: Counter;
  logger: Logger;
}

/**
 * Creates day partitions ahead of time, and removes partitions and rows past retention, hourly and at start. A
 * failed round is logged, and the next round repeats its work. Writing does not depend on the rounds, since the writer
 * creates missing partitions.
 */
export class PartitionKeeper implements Component {
  readonly name = 'partition keeper';
  readonly #deps: PartitionKeeperDeps;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #problem: string | null = null;

  constructor(deps: PartitionKeeperDeps) {
    this.#deps = deps;
  }

  /** Resolves after the first round, even if that round fails. */
  async start(): Promise<void> {
    this.#timer ??= setInterval(() => this.#next(), ROUND_EVERY_MS);
    this.#next();
    await this.#running;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  problem(): string | null {
    return this.#problem;
  }

  #next(): void {
    this.#running = this.#running.then(() => this.#run());
  }

  async #run(): Promise<void> {
    const { round, dropped, logger } = this.#deps;
    try {
      const names = await round();
      this.#problem = null;
      dropped.inc(names.length);
      if (names.length > 0) logger.info({ partitions: names }, 'dropped partitions whose retention is over');
    } catch (error) {
      this.#problem = `the last maintenance of the partitions failed: ${String(error)}`;
      logger.error({ err: error }, 'maintenance of the partitions failed; the next round tries again');
    }
  }
}
