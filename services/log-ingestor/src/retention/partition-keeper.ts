import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Counter } from '@hookline/shared/runtime/metrics';

/** Often enough that a failed round is made up for long before the partitions made ahead run out. */
const ROUND_EVERY_MS = 3_600_000;

interface PartitionKeeperDeps {
  /** One round of upkeep; returns the names of the partitions it dropped. */
  round: () => Promise<string[]>;
  dropped: Counter;
  logger: Logger;
}

/**
 * Keeps the day partitions ahead of time and within retention, hourly and at start. A round that fails is
 * logged and tried again with the next one; writing does not depend on it, since the writer makes the days it meets.
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
      logger.error({ err: error }, 'maintenance of the partitions failed; it runs again later');
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
