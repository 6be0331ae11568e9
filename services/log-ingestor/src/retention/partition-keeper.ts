import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Counter } from '@hookline/shared/runtime/metrics';

/** Short enough that a later round makes up for a failed one long before the partitions created ahead run out. */
const ROUND_EVERY_MS = 3_600_000;

export interface PartitionKeeperDeps {
  /** Runs one round of maintenance; returns the names of the dropped partitions. */
  round: () => Promise<string[]>;
  dropped: Counter;
  logger: Logger;
}

/**
 * Creates day partitions ahead of time and drops those past retention, hourly and at start. A failed round is
 * logged, and the next one makes up for it; writing does not depend on it, since the writer creates missing partitions.
 */
export function createPartitionKeeper({ round, dropped, logger }: PartitionKeeperDeps): Component {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let problem: string | null = null;

  const run = async (): Promise<void> => {
    try {
      const names = await round();
      problem = null;
      dropped.inc(names.length);
      if (names.length > 0) logger.info({ partitions: names }, 'dropped partitions whose retention is over');
    } catch (error) {
      problem = `the last maintenance of the partitions failed: ${String(error)}`;
      logger.error({ err: error }, 'maintenance of the partitions failed; the next round tries again');
    }
  };
  const next = (): void => {
    running = running.then(run);
  };

  return {
    name: 'partition keeper',
    problem: () => problem,
    start: async () => {
      timer ??= setInterval(next, ROUND_EVERY_MS);
      next();
      await running;
    },
    stop: async () => {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
