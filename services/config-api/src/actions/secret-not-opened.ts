import type { SealError } from '@hookline/credentials/seal-error';
import { ProblemError } from '../http/problem-error.ts';

/** An operator has to act, so there is no hurry. */
const RETRY_AFTER_SECONDS = 60;

/**
 * What a customer is told of a stored credential that does not open: nothing of keys, which the cause has for the log.
 * 503 if it may open later, else 409.
 */
export function secretNotOpened(cause: SealError): ProblemError {
  if (cause.mayPass) {
    const detail =
      'The stored secret cannot be opened at the moment; try again later. Executions wait until it can be opened';
    const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
    return new ProblemError(503, 'secret_unavailable', detail, { headers, cause });
  }
  const detail = 'The stored secret cannot be opened; send it again in auth_config';
  return new ProblemError(409, 'secret_not_opened', detail, { cause });
}
