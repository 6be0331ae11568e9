import { setTimeout } from 'node:timers/promises';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Actions } from './actions.ts';

/** A webhook whose endpoint responded with 410 Gone to a call by this version of its definition. */
export interface GoneWebhook {
  accountId: string;
  actionId: string;
  version: number;
}

export interface GoneWebhooks {
  /** Lists webhooks in the order in which they were recorded or postponed, up to a maximum number. */
  list(): Promise<GoneWebhook[]>;
  /** Moves a webhook to the end of the list. */
  postpone(gone: GoneWebhook): Promise<void>;
  /** Removes a webhook from the list, unless a newer version of it has had the same response since. */
  remove(gone: GoneWebhook): Promise<void>;
}

interface PauseGoneDeps {
  goneWebhooks: GoneWebhooks;
  actions: Pick<Actions, 'pause'>;
  store: { workflowOf(accountId: string, actionId: string): Promise<string | null> };
  logger: Logger;
}

/**
 * Interval between passes, in ms. It is short enough that a webhook whose endpoint is gone wastes few calls; reading an
 * empty table costs almost nothing.
 */
export const PAUSE_GONE_EVERY_MS = 2_000;

/**
 * Pauses the webhooks whose endpoints are gone (ADR 34). All instances may do so at the same time, and may stop between
 * pausing a webhook and removing it from the list, because a webhook is paused only while it has the listed version.
 */
export function createPauseGone(deps: PauseGoneDeps, { everyMs }: { everyMs: number }): Component {
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await pauseAll(deps, signal).catch((error: unknown) =>
        deps.logger.warn({ err: error }, 'webhooks whose endpoint is gone were not paused; trying again'),
      );
      await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
    }
  };
  return component('pause of webhooks whose endpoint is gone', {
    start: () => void (running ??= run()),
    stop: async () => {
      stopping.abort();
      await running;
    },
  });
}

async function pauseAll(deps: PauseGoneDeps, signal: AbortSignal): Promise<void> {
  const failures: unknown[] = [];
  for (const gone of await deps.goneWebhooks.list()) {
    if (signal.aborted) return;
    try {
      await pauseOne(deps, gone);
      await deps.goneWebhooks.remove(gone);
    } catch (error) {
      // Postponed, and reported after the loop, because webhooks that cannot be paused must not keep the others from
      // being paused.
      failures.push(error);
      await deps.goneWebhooks.postpone(gone);
    }
  }
  const [first] = failures;
  if (failures.length > 0) throw new Error(`could not pause ${failures.length} webhook(s)`, { cause: first });
}

async function pauseOne(
  { actions, store, logger }: PauseGoneDeps,
  { accountId, actionId, version }: GoneWebhook,
): Promise<void> {
  const workflowId = await store.workflowOf(accountId, actionId);
  if (workflowId === null || !(await actions.pause({ accountId, workflowId, actionId }, version))) return;
  logger.warn(
    { accountId, workflowId, actionId },
    'paused a webhook because its endpoint responded with 410 Gone; its calls wait until it is resumed or they expire',
  );
}
