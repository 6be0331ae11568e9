import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import type { Logger } from '@hookline/shared/runtime/logger';

/**
 * Time in ms without listeners after which reading stops, so that occasional requests do not each start and stop it.
 */
export const REST_AFTER_MS = 10_000;

interface OutcomeReadingDeps {
  waiters: OutcomeWaiters;
  tail: { rest(): void; wake(): Promise<void> };
  logger: Logger;
}

type OutcomeListener = ReturnType<OutcomeWaiters['listen']>;

/**
 * Reads `webhook.completed` only while a request waits for an outcome, and for `restAfterMs` afterwards, because the
 * topic has a record for every execution.
 */
export class OutcomeReading {
  readonly #deps: OutcomeReadingDeps;
  readonly #options: { restAfterMs: number };
  #listeners = 0;
  /** Resolves when reading has started; null while it is stopped. */
  #awake: Promise<void> | null = null;
  #restLater: NodeJS.Timeout | undefined;

  constructor(deps: OutcomeReadingDeps, options: { restAfterMs: number }) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Stops reading until there is a listener. */
  rest(): void {
    clearTimeout(this.#restLater);
    this.#awake = null;
    this.#deps.tail.rest();
  }

  /**
   * Starts to listen for an outcome, and resolves as soon as no later outcome can be missed. Dispose of the listener
   * after use.
   * @throws Error if the ends of the topic cannot be read
   */
  async listen(identity: ExecutionIdentity): Promise<OutcomeListener> {
    const { waiters, tail } = this.#deps;
    clearTimeout(this.#restLater);
    this.#listeners += 1;
    const listener = waiters.listen(identity);
    const stop = (): void => {
      listener[Symbol.dispose]();
      this.#left();
    };
    this.#awake ??= tail.wake();
    try {
      await this.#awake;
    } catch (error) {
      this.#awake = null;
      stop();
      throw error;
    }
    return { outcome: listener.outcome, [Symbol.dispose]: stop };
  }

  #left(): void {
    this.#listeners -= 1;
    if (this.#listeners > 0) return;
    this.#restLater = setTimeout(() => {
      this.#deps.logger.debug('no request waits for an outcome; not reading outcomes until one does');
      this.rest();
    }, this.#options.restAfterMs).unref();
  }
}
