import { ensureDayPartitions } from '@hookline/database/partitions';
import type { Pool } from 'pg';

/** An execution in the history; times are epoch ms. */
export interface TestExecution {
  account_id: string;
  execution_id: string;
  action_id: string;
  accepted_at: number;
  [column: string]: unknown;
}

/** Creates the partition of a day, as log-ingestor does. */
export async function preparePartition(pool: Pool, at: number): Promise<void> {
  await ensureDayPartitions(pool, [new Date(at).toISOString().slice(0, 10)]);
}

/** Inserts executions as log-ingestor does. By default they have failed; columns can be overridden. */
export async function insertExecutions(
  pool: Pick<Pool, 'query'>,
  executions: readonly TestExecution[],
): Promise<void> {
  const rows = executions.map(({ accepted_at, ...columns }) => ({
    workflow_id: 'workflow_1',
    workflow_execution_id: 'run_1',
    step_id: 'step_1',
    status: 'error',
    error_type: 'server_error',
    attempts: 1,
    definition_version: 1,
    context: '{"contact":{"price":10.50}}',
    metadata: { a: 'b' },
    wait_attempt: 0,
    wait_deferrals: 0,
    accepted_at: new Date(accepted_at).toISOString(),
    requested_at: new Date(accepted_at).toISOString(),
    completed_at: new Date(accepted_at + 100).toISOString(),
    ...columns,
  }));
  const [first] = rows;
  if (!first) return;
  const names = Object.keys(first).join();
  await pool.query(
    `INSERT INTO webhook_executions (${names})
     SELECT ${names} FROM json_populate_recordset(null::webhook_executions, $1)`,
    [JSON.stringify(rows)],
  );
}
