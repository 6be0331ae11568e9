import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import type { ExecutionFilter, ExecutionQuery } from '@hookline/shared/contracts/rest/webhook-executions';
import { pageOf } from '../http/page.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { HistoryFilter, HistoryPage } from './history-query.ts';

/**
 * Reads the page of the list that a query string selects.
 * @throws ProblemError 400 if the cursor is invalid, 422 if the filter cannot be answered
 */
export function historyPage(accountId: string, query: ExecutionQuery): HistoryPage {
  return { ...historyFilter(accountId, query), ...pageOf(query) };
}

/** Fields of the filter that history cannot answer yet. */
const NOT_YET = [
  'contact_id',
  'contact_email',
  'endpoint',
  'metadata',
  'replay_of',
  'error_text',
  'endpoint_prefix',
] as const;

/**
 * Reads the filter of a list or of a bulk action.
 * @throws ProblemError 422 if the filter cannot be answered
 */
export function historyFilter(accountId: string, filter: ExecutionFilter): HistoryFilter {
  const errors = NOT_YET.filter((field) => filter[field] !== undefined).map((field) => ({
    field,
    message: 'is not supported yet',
  }));
  if (errors.length > 0) throw new ProblemError(422, 'invalid_fields', 'The filter is invalid', { errors });
  return {
    accountId,
    status: filter.status,
    errorType: filter.error_type,
    workflowId: filter.workflow_id,
    actionId: filter.action_id === undefined ? undefined : canonicalId(filter.action_id),
    workflowExecutionId: filter.workflow_execution_id,
    stepId: filter.step_id,
    responseStatus: filter.response_status,
    from: timeOf(filter.from),
    to: timeOf(filter.to),
  };
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
