import type { SealError } from '@hookline/credentials/seal-error';
import { ProblemError } from '../http/problem-error.ts';

/** Long, because an operator has to fix the cause first. */
const RETRY_AFTER_SECONDS = 60;

/**
 * Builds the problem for a stored secret that cannot be opened. The problem does not mention keys; its cause may do so,
 * but is only logged. The status is 503 if it may be possible to open the secret later, otherwise 409.
 */
export function secretNotOpened(cause: SealError): ProblemError {
  if (cause.mayPass) {
    const detail =
      'The stored secret cannot be opened at the moment; try again later. Executions wait until it can be opened';
    const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
    return new ProblemError(503, 'secret_unavailable', detail, { headers, cause });
  }
  const detail =
    'The stored secret cannot be opened; send the credential again in auth_config, or rotate the signing secret';
  return new ProblemError(409, 'secret_not_opened', detail, { cause });
}
