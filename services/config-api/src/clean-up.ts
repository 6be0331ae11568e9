import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';

/** Once an hour is often enough. Expired rows only take space, and even those of a whole day take little. */
export const CLEAN_UP_EVERY_MS = 3_600_000;

/**
 * Runs small clean-up tasks at intervals. Tasks are safe to repeat, so a failed task is run again at the next interval.
 */
export function createCleanUp(
  deps: { tasks: readonly (() => Promise<void>)[]; logger: Logger },
  options: { everyMs: number },
): Component {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    for (const task of deps.tasks) {
      await task().catch((error: unknown) =>
        deps.logger.warn({ err: error }, 'clean-up task failed; it will run again at the next interval'),
      );
    }
  };
  return component('clean-up', {
    start: () => {
      timer ??= setInterval(() => {
        running = run();
      }, options.everyMs);
    },
    stop: async () => {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  });
}
