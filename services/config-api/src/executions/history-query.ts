import type { Page } from '../http/page.ts';

/** Selects executions of an account: those that match every field. Times are epoch ms. */
export interface HistoryFilter {
  accountId: string;
  workflowExecutionId?: string | undefined;
  stepId?: string | undefined;
  responseStatus?: number | undefined;
  status?: string | undefined;
  errorType?: string | undefined;
  workflowId?: string | undefined;
  actionId?: string | undefined;
  /** Accepted at or after this time. */
  from?: number | undefined;
  /** Accepted before this time. */
  to?: number | undefined;
}

/** Selects one page of executions. */
export interface HistoryPage extends HistoryFilter, Page {}

export interface SqlQuery {
  text: string;
  values: unknown[];
}

/** Columns of webhook_executions that the list shows. */
const LIST_COLUMNS = `account_id, execution_id, accepted_at, workflow_id, action_id, workflow_execution_id,
  step_id, status, attempts, error_type, error_message, response_status, waits_for, next_attempt_at,
  requested_at, completed_at`;

/**
 * Builds the query for a list: newest first, paged by keyset, so that every page costs the same. It selects one row
 * more than `limit`, which shows whether there is a next page.
 */
export function historyQuery(filter: HistoryPage): SqlQuery {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [`account_id = ${parameter(filter.accountId)}`];
  const equal = {
    status: filter.status,
    error_type: filter.errorType,
    workflow_id: filter.workflowId,
    action_id: filter.actionId,
    workflow_execution_id: filter.workflowExecutionId,
    step_id: filter.stepId,
    response_status: filter.responseStatus,
  };
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) conditions.push(`${column} = ${parameter(value)}`);
  }
  if (filter.from !== undefined) conditions.push(`accepted_at >= ${parameter(new Date(filter.from))}`);
  if (filter.to !== undefined) conditions.push(`accepted_at < ${parameter(new Date(filter.to))}`);
  if (filter.after) {
    const at = parameter(new Date(filter.after.key));
    conditions.push(`(accepted_at, execution_id) < (${at}, ${parameter(filter.after.id)})`);
    // Implied by the condition above; stated explicitly, it lets Postgres skip the partitions of later days.
    conditions.push(`accepted_at <= ${at}`);
  }
  const text = `
    SELECT ${LIST_COLUMNS} FROM webhook_executions
     WHERE ${conditions.join(' AND ')}
     ORDER BY accepted_at DESC, execution_id DESC
     LIMIT ${parameter(filter.limit + 1)}`;
  return { text, values };
}
