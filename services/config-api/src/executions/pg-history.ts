import type {
  ExecutionOutcome,
  WebhookExecutionDetail,
  WebhookExecutionList,
} from '@hookline/shared/contracts/rest/webhook-executions';
import type pg from 'pg';
import { cutPage } from '../http/page.ts';
import { executionDetailView, executionView, pastOutcomeView } from './execution-view.ts';
import { type HistoryPage, historyQuery } from './history-query.ts';
import type { AttemptRow, HistoryDetailRow, HistoryRow } from './history-rows.ts';

/** Reads the history, which log-ingestor writes, always within one account. */
export interface History {
  list(filter: HistoryPage): Promise<WebhookExecutionList>;
  /** Returns an execution with all its attempts; null if the account has no execution with this id. */
  detail(accountId: string, executionId: string): Promise<WebhookExecutionDetail | null>;
  /** Returns the outcome of an execution; null if it has not ended or is not in the history yet. */
  outcome(accountId: string, executionId: string): Promise<ExecutionOutcome | null>;
}

export function createHistory({ pool }: { pool: pg.Pool }): History {
  const find = async (accountId: string, executionId: string): Promise<HistoryDetailRow | null> => {
    // Postgres rejects U+0000 in text; no id contains it.
    if (executionId.includes('\0')) return null;
    const { rows } = await pool.query<HistoryDetailRow>(ONE_EXECUTION, [accountId, executionId]);
    return rows[0] ?? null;
  };
  const attemptsOf = async (row: HistoryDetailRow): Promise<AttemptRow[]> => {
    const { account_id, execution_id, accepted_at } = row;
    const { rows } = await pool.query<AttemptRow>(ATTEMPTS, [account_id, execution_id, accepted_at]);
    return rows;
  };
  return {
    list: async (filter) => {
      const found = await pool.query<HistoryRow>(historyQuery(filter));
      const { rows, next_cursor } = cutPage(found.rows, filter, (row) => ({
        key: row.accepted_at.getTime(),
        id: row.execution_id,
      }));
      return { data: rows.map(executionView), next_cursor };
    },
    detail: async (accountId, executionId) => {
      const row = await find(accountId, executionId);
      return row && executionDetailView(row, await attemptsOf(row));
    },
    outcome: async (accountId, executionId) => {
      const row = await find(accountId, executionId);
      return row && pastOutcomeView(row, (await attemptsOf(row)).at(-1));
    },
  };
}

/** An id that was reused after its idempotency key had expired occurs twice; the newest execution counts. */
const ONE_EXECUTION = `
  SELECT * FROM webhook_executions
   WHERE account_id = $1 AND execution_id = $2
   ORDER BY accepted_at DESC LIMIT 1
`;

const ATTEMPTS = `
  SELECT * FROM webhook_attempts
   WHERE account_id = $1 AND execution_id = $2 AND accepted_at = $3
   ORDER BY attempt
`;
