import type { ExecutionQuery } from '@hookline/shared/contracts/rest/webhook-executions';
import { ProblemError } from '../http/problem-error.ts';
import { type HistoryCursor, readCursor } from './cursor.ts';
import type { HistoryFilter } from './history-query.ts';

const DEFAULT_LIMIT = 50;

/**
 * The filter that a query string asks for.
 * @throws ProblemError 400 if the cursor is none of ours
 */
export function historyFilter(accountId: string, query: ExecutionQuery): HistoryFilter {
  return {
    accountId,
    status: query.status,
    errorType: query.error_type,
    workflowId: query.workflow_id,
    actionId: query.action_id,
    from: timeOf(query.from),
    to: timeOf(query.to),
    after: cursorOf(query.cursor),
    limit: query.limit ?? DEFAULT_LIMIT,
  };
}

function cursorOf(text: string | undefined): HistoryCursor | undefined {
  if (text === undefined) return undefined;
  const cursor = readCursor(text);
  if (cursor) return cursor;
  const errors = [{ field: 'cursor', message: 'must be the next_cursor of an earlier answer' }];
  throw new ProblemError(400, 'invalid_request', 'The cursor does not fit', { errors });
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
