import type { AttemptView, WebhookExecutionDetail } from '@hookline/shared/contracts/rest/webhook-executions';
import type { ApiCaller } from '../http/caller.ts';

/** Returns whether a caller may see bodies, contexts and mapped values (ADR 42). */
export function maySeeBodies(caller: ApiCaller): boolean {
  return caller.kind === 'admin' || caller.scopes.includes('read:bodies');
}

/**
 * Removes the fields that only callers with `read:bodies` may see. These include the hash of a body, with which a guess
 * could be verified. Pure.
 */
export function hideBodies(detail: WebhookExecutionDetail): WebhookExecutionDetail {
  return {
    ...detail,
    bodies: 'hidden',
    context: null,
    mapped_fields: null,
    attempts: detail.attempts.map(hideBodiesOfAttempt),
  };
}

function hideBodiesOfAttempt(attempt: AttemptView): AttemptView {
  const { request, response } = attempt;
  return {
    ...attempt,
    request: request && { ...request, body: null, body_sha256: null },
    response: response && { ...response, body: null },
  };
}
