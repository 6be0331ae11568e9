import type pg from 'pg';

/** An execution in history, without its large values. */
export interface PastExecution {
  accountId: string;
  executionId: string;
  acceptedAt: Date;
  workflowExecutionId: string | null;
  stepId: string | null;
  /** Size of the context; 0 if it is not stored. */
  contextBytes: number;
}

/** Part of an execution that a preview reads. */
export interface PastCall {
  /** JSON text as it was in the request; null if it is not stored. */
  context: string | null;
  /** Whether the last attempt had bodies that were not stored. */
  hidesBodies: boolean;
  /** Stored response of the successful attempt; null if no attempt succeeded, or the body is not stored. */
  response: { status: number; headers: Record<string, string>; body: string; truncated: boolean } | null;
}

export interface PastExecutions {
  /** Lists the newest executions of an action. */
  newest(action: { accountId: string; actionId: string }, limit: number): Promise<PastExecution[]>;
  read(execution: PastExecution): Promise<PastCall>;
}

/** Reads executions one by one, because the context of each may be as large as 1 MiB. */
export function createPastExecutions({ pool }: { pool: pg.Pool }): PastExecutions {
  return {
    newest: async ({ accountId, actionId }, limit) => {
      const { rows } = await pool.query<PastExecution>(NEWEST, [accountId, actionId, limit]);
      return rows;
    },
    read: async ({ accountId, executionId, acceptedAt }) => {
      const { rows } = await pool.query<ReadRow>(READ, [accountId, executionId, acceptedAt]);
      const [row] = rows;
      // The execution was removed after it was listed.
      if (!row) return { context: null, hidesBodies: false, response: null };
      return { context: row.context, hidesBodies: row.hides_bodies ?? false, response: responseOf(row) };
    },
  };
}

interface ReadRow {
  context: string | null;
  hides_bodies: boolean | null;
  status: string | null;
  response_status: number | null;
  response_headers: Record<string, string> | null;
  response_body: string | null;
  response_truncated: boolean | null;
}

function responseOf(row: ReadRow): PastCall['response'] {
  const { status, response_status, response_headers, response_body, response_truncated } = row;
  if (status !== 'success' || response_status === null || response_body === null) return null;
  return {
    status: response_status,
    headers: response_headers ?? {},
    body: response_body,
    truncated: response_truncated ?? false,
  };
}

const NEWEST = `
  SELECT account_id AS "accountId", execution_id AS "executionId", accepted_at AS "acceptedAt",
         workflow_execution_id AS "workflowExecutionId", step_id AS "stepId",
         coalesce(octet_length(context), 0) AS "contextBytes"
    FROM webhook_executions WHERE account_id = $1 AND action_id = $2
   ORDER BY accepted_at DESC, execution_id DESC LIMIT $3
`;

/** Reads the context and the last attempt; no earlier attempt can have succeeded. */
const READ = `
  SELECT execution.context, attempt.status, attempt.response_status, attempt.response_headers,
         attempt.response_body, attempt.response_truncated,
         (attempt.request_body IS NULL AND attempt.request_body_bytes > 0)
           OR (attempt.response_body IS NULL AND attempt.response_body_bytes_read > 0) AS hides_bodies
    FROM webhook_executions execution
    LEFT JOIN LATERAL (
      SELECT * FROM webhook_attempts
       WHERE account_id = $1 AND execution_id = $2 AND accepted_at = $3
       ORDER BY attempt DESC LIMIT 1
    ) AS attempt ON true
   WHERE execution.account_id = $1 AND execution.execution_id = $2 AND execution.accepted_at = $3
`;
