import { ProblemError } from '../http/problem-error.ts';

const RETRY_AFTER_SECONDS = 1;

/** Creates the 422 for a key that was used for another request. */
export function reusedKey(): ProblemError {
  return new ProblemError(
    422,
    'idempotency_key_reused',
    'This Idempotency-Key was used for another request within the last 24 h; use a new key for a new request',
  );
}

export function keyInUse(): ProblemError {
  return new ProblemError(
    409,
    'idempotency_key_in_use',
    `A request with this Idempotency-Key is in progress; send it again in ${RETRY_AFTER_SECONDS} s to get its response`,
    { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } },
  );
}

export function outcomeUnknown(): ProblemError {
  return new ProblemError(
    409,
    'idempotency_outcome_unknown',
    'The first request with this Idempotency-Key ended without a response, so it may have taken effect; check, and use a new key if it has not',
  );
}

export function sealedByOtherKey(): ProblemError {
  return new ProblemError(
    409,
    'idempotent_response_sealed',
    'This request was carried out before; only the API key that was used then can read its response',
  );
}

export function notKept(): ProblemError {
  return new ProblemError(
    409,
    'idempotent_response_not_kept',
    'This request was carried out before; its response was not kept',
  );
}

export function tooManyKeys(retryAfterSeconds: number): ProblemError {
  return new ProblemError(
    429,
    'too_many_idempotency_keys',
    'The account has the maximum number of Idempotency-Keys from the last 24 h; send the request without a key, or wait',
    { headers: { 'retry-after': String(retryAfterSeconds) } },
  );
}
