import { setTimeout } from 'node:timers/promises';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { AccountRows } from './pg-account-rows.ts';

/**
 * A deletion is settled after a minute: by then, the requests that were authenticated before it have ended, and
 * log-ingestor has read it.
 */
export const EMPTYING = { everyMs: 5_000, batchRows: 2_000, settledMs: 60_000 };

/**
 * Removes the history of deleted accounts in the background (ADR 42). Every instance runs this; a lock lets only one of
 * them remove rows at a time.
 */
export function createEmptyAccounts(
  { rows, logger }: { rows: AccountRows; logger: Logger },
  { everyMs }: { everyMs: number },
): Component {
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await rows
        .empty(signal)
        .catch((error: unknown) =>
          logger.warn({ err: error }, 'rows of deleted accounts were not removed; trying again'),
        );
      await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
    }
  };
  return component('removal of the rows of deleted accounts', {
    start: () => void (running ??= run()),
    stop: async () => {
      stopping.abort();
      await running;
    },
  });
}
