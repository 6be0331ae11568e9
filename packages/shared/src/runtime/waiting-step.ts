import type { Component } from './lifecycle.ts';
import type { Logger } from './logger.ts';
import { retryUntilStopped } from './retry-until-stopped.ts';

/** Reason why a store cannot be reached. */
export interface Unreachable {
  reason: string;
  /**
   * Time in ms after which the error is considered permanent, counted from the first of consecutive errors that have
   * such a limit; Infinity if nothing suggests a wrong setting.
   */
  maxWaitMs: number;
}

interface WaitingStepDeps {
  logger: Logger;
  /** Monotonic clock, in ms. */
  now: () => number;
}

interface WaitingStepOptions {
  name: string;
  /** Name of the store that the step needs, for log lines. */
  store: string;
  /** Does the work of the step. Runs again after each failure, so it must tolerate the effects of earlier runs. */
  run: () => Promise<void>;
  /**
   * Returns why the store cannot be reached; null for an error that waiting cannot resolve, such as a wrong password,
   * so that the start fails.
   */
  whyUnreachable: (error: unknown) => Unreachable | null;
}

const RETRY = { firstMs: 100, maxMs: 2_000 };
/** Interval in ms at which a wait is logged again. */
const REMIND_MS = 60_000;

/**
 * A startup step that leaves nothing running. It waits while its store cannot be reached, so that a service may be
 * started before its stores. In the meantime, `/healthz` responds and `/readyz` names the store.
 */
export class WaitingStep implements Component {
  readonly name: string;
  readonly #deps: WaitingStepDeps;
  readonly #options: WaitingStepOptions;
  #problem: string | null = null;

  constructor(deps: WaitingStepDeps, options: WaitingStepOptions) {
    this.name = options.name;
    this.#deps = deps;
    this.#options = options;
  }

  /**
   * @param signal ends the wait immediately
   * @throws the error of `run` if waiting cannot resolve it, or if it persists for its `maxWaitMs`
   */
  async start(signal: AbortSignal = new AbortController().signal): Promise<void> {
    const { logger, now } = this.#deps;
    const { store, run, whyUnreachable } = this.#options;
    const startedAt = now();
    let loggedAt = -Infinity;
    /** Time at which the current series of errors with a finite `maxWaitMs` began; Infinity outside such a series. */
    let suspectedAt = Infinity;
    const failed = (error: unknown): void => {
      const trouble = whyUnreachable(error);
      if (trouble === null) throw error;
      // An error without a limit ends the series: a store that is starting may refuse connections for minutes (without
      // a limit) and then accept and close one (with a limit); `maxWaitMs` then counts from that close.
      suspectedAt = trouble.maxWaitMs === Infinity ? Infinity : Math.min(suspectedAt, now());
      if (now() - suspectedAt >= trouble.maxWaitMs) throw error;
      const waitedMs = now() - startedAt;
      this.#problem = `${store} cannot be reached: ${trouble.reason}`;
      if (now() - loggedAt < REMIND_MS) return;
      loggedAt = now();
      logger.warn(
        { store, waitedSeconds: Math.round(waitedMs / 1_000) },
        `${this.#problem}; the start waits for it, and /readyz responds with 503 in the meantime`,
      );
    };
    try {
      await retryUntilStopped(run, failed, { ...RETRY, signal });
      if (this.#problem !== null) logger.info({ store }, `${store} can be reached now; the start continues`);
    } finally {
      this.#problem = null;
    }
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  problem(): string | null {
    return this.#problem;
  }
}
