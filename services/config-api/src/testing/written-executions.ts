import { randomUUID } from 'node:crypto';
import {
  NOTICE_LIMITS,
  SEND_NOTICES,
  WATCHED_ACCOUNTS,
  writeNotices,
} from '@hookline/database/execution-changes';
import { inTransaction } from '@hookline/database/pool';
import type { Pool } from 'pg';
import { insertExecutions, type TestExecution } from './history-rows.ts';

/**
 * Inserts executions, and reports them in the same transaction to the instances that watch the account, as log-ingestor
 * does.
 */
export async function writeExecutions(pool: Pool, executions: readonly TestExecution[]): Promise<void> {
  await inTransaction(pool, async (client) => {
    await insertExecutions(client, executions);
    await report(client, executions);
  });
}

/** Changes columns of an execution, and reports the change. */
export async function changeExecution(
  pool: Pool,
  execution: TestExecution,
  columns: Readonly<Record<string, unknown>>,
): Promise<void> {
  const names = Object.keys(columns);
  const set = names.map((name, index) => `${name} = $${index + 3}`).join();
  const key = [execution.account_id, execution.execution_id];
  await inTransaction(pool, async (client) => {
    await client.query(`UPDATE webhook_executions SET ${set} WHERE account_id = $1 AND execution_id = $2`, [
      ...key,
      ...Object.values(columns),
    ]);
    await report(client, [execution]);
  });
}

async function report(client: Pick<Pool, 'query'>, executions: readonly TestExecution[]): Promise<void> {
  const { rows } = await client.query<{ account_id: string }>(WATCHED_ACCOUNTS);
  const watched = new Set(rows.map(({ account_id }) => account_id));
  const changed = executions
    .filter(({ account_id }) => watched.has(account_id))
    .map(({ account_id: accountId, execution_id: executionId, accepted_at: acceptedAt }) => {
      return { accountId, executionId, acceptedAt };
    });
  await client.query(SEND_NOTICES, [writeNotices(changed, { newId: randomUUID }, NOTICE_LIMITS)]);
}
