import type { AttemptView, WebhookExecutionDetail } from '@hookline/shared/contracts/rest/webhook-executions';
import type { ApiCaller } from '../http/caller.ts';
import { executionDetailView } from './execution-view.ts';
import type { AttemptRow, HistoryDetailRow, WaitRow } from './history-rows.ts';

/** Returns whether a caller is shown bodies, contexts and mapped values (ADR 42). */
export function bodiesFor(caller: ApiCaller): WebhookExecutionDetail['bodies'] {
  return caller.kind === 'admin' || caller.scopes.includes('read:bodies') ? 'shown' : 'hidden';
}

/**
 * Builds the detail view without the fields that only callers with `read:bodies` may see. These include the hash of a
 * body, with which a guess at the body could be verified. The context and the mapped values are not parsed, because
 * that would be most of the work. Pure.
 */
export function hiddenDetailView(
  row: HistoryDetailRow,
  attempts: AttemptRow[],
  waitRows: WaitRow[],
): WebhookExecutionDetail {
  const detail = executionDetailView({ ...row, context: null, mapped_fields: null }, attempts, waitRows);
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
