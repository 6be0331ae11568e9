import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import type { ExecutionQuery } from '@hookline/shared/contracts/rest/webhook-executions';
import { pageOf } from '../http/page.ts';
import type { HistoryFilter } from './history-query.ts';

/**
 * Reads the filter from a query string.
 * @throws ProblemError 400 if the cursor is invalid
 */
export function historyFilter(accountId: string, query: ExecutionQuery): HistoryFilter {
  return {
    accountId,
    status: query.status,
    errorType: query.error_type,
    workflowId: query.workflow_id,
    actionId: query.action_id === undefined ? undefined : canonicalId(query.action_id),
    from: timeOf(query.from),
    to: timeOf(query.to),
    ...pageOf(query),
  };
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
