import type { SealError, SealErrorCode } from '@hookline/credentials/seal-error';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { LineLimit } from '@hookline/shared/runtime/line-limit';
import type { Logger } from '@hookline/shared/runtime/logger';

interface SecretFailuresDeps {
  logger: Logger;
  metrics: { unopenedSecrets: { inc(labels: { cause: string }): void } };
  /** Epoch ms. */
  now: () => number;
}

/**
 * Minimum time between two log lines for the same cause, in ms; without it, a missing master key would cause a line for
 * every attempt of many accounts.
 */
const LOG_EVERY_MS = 60_000;

/**
 * Notifies the operator of secrets that cannot be opened (ADR 28): counts every failure, and logs at most one failure
 * per cause and minute, with the number of failures that were not logged. The log line contains the message of the
 * error, which names keys; customers read a neutral text instead.
 */
export class SecretFailures {
  readonly #deps: SecretFailuresDeps;
  readonly #limit = new LineLimit<SealErrorCode>({ everyMs: LOG_EVERY_MS });

  constructor(deps: SecretFailuresDeps) {
    this.#deps = deps;
  }

  note({ accountId, actionId }: Pick<WebhookDefinition, 'accountId' | 'actionId'>, error: SealError): void {
    const { logger, metrics, now } = this.#deps;
    metrics.unopenedSecrets.inc({ cause: error.code });
    const suppressed = this.#limit.pass(error.code, now());
    if (suppressed === null) return;
    logger.error(
      { accountId, actionId, cause: error.code, problem: error.message, suppressed },
      error.mayPass
        ? 'a stored secret cannot be opened at the moment; executions that need it wait until it can be opened'
        : 'a stored secret cannot be opened; executions that need it end as render_error until it is sent again',
    );
  }
}
