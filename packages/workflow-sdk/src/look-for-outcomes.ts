import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';

/** The SDK was stopped while a step waited. The execution continues; requesting the step again returns its outcome. */
export class WebhookStepsStoppedError extends Error {
  override readonly name = 'WebhookStepsStoppedError';
}

interface LookForOutcomesDeps {
  waiters: OutcomeWaiters;
  store: { outcomes(identities: readonly ExecutionIdentity[]): Promise<WebhookCompleted[]> };
  logger: Logger;
}

/**
 * Resolves the waiting steps of this process with outcomes from the store, so that every step receives the first
 * outcome of its execution. An outcome that another member of the engine's consumer group received is found by polling.
 */
export class LookForOutcomes implements Component {
  readonly name = 'outcome waiters';
  readonly #deps: LookForOutcomesDeps;
  readonly #lookEveryMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: LookForOutcomesDeps, { lookEveryMs }: { lookEveryMs: number }) {
    this.#deps = deps;
    this.#lookEveryMs = lookEveryMs;
  }

  async start(): Promise<void> {
    this.#timer ??= setInterval(() => this.#lookForAll(), this.#lookEveryMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#deps.waiters.release();
  }

  /** Resolves the steps that wait for one of these executions, if the store contains its outcome. */
  async look(identities: readonly ExecutionIdentity[]): Promise<void> {
    const { waiters, store } = this.#deps;
    const awaited = identities.filter((identity) => waiters.awaits(identity));
    if (awaited.length === 0) return;
    for (const outcome of await store.outcomes(awaited)) waiters.resolve(outcome);
  }

  #lookForAll(): void {
    const { waiters, logger } = this.#deps;
    this.look(waiters.awaited()).catch((error: unknown) =>
      logger.warn({ err: error }, 'looking up outcomes failed; trying again at the next interval'),
    );
  }
}
