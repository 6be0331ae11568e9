import { ProblemError } from '../http/problem-error.ts';

/**
 * Maximum number of large definitions and test calls of an account that wait or run at the same time. Each of them
 * keeps a body in memory.
 */
const MAX_UNFINISHED = 8;
const RETRY_AFTER_SECONDS = 2;

/**
 * Limits the evaluations of an account in the worker pool of one instance. Accounts take turns in the pool, so
 * this quota only protects memory. An account that sends large definitions faster than they can be compiled gets a 429.
 */
export class EvaluationQuota {
  readonly #unfinished = new Map<string, number>();

  /** @throws ProblemError 429 if the account has eight evaluations waiting or running */
  begin(accountId: string): void {
    const unfinished = this.#unfinished.get(accountId) ?? 0;
    if (unfinished >= MAX_UNFINISHED) throw tooMany();
    this.#unfinished.set(accountId, unfinished + 1);
  }

  end(accountId: string): void {
    const unfinished = this.#unfinished.get(accountId) ?? 0;
    if (unfinished > 1) this.#unfinished.set(accountId, unfinished - 1);
    else this.#unfinished.delete(accountId);
  }
}

function tooMany(): ProblemError {
  const detail =
    `The account already has ${MAX_UNFINISHED} large definitions and test calls in progress, the maximum; ` +
    `wait ${RETRY_AFTER_SECONDS} s`;
  return new ProblemError(429, 'too_many_evaluations', detail, {
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  });
}
