import { Client } from 'pg';
import type { HistoryEvent } from '../checker/history-event.ts';

const EXECUTIONS = `
  SELECT account_id AS "accountId", execution_id AS "executionId", status, attempts,
    (extract(epoch FROM accepted_at) * 1000)::float8 AS "acceptedAt"
  FROM webhook_executions`;
const ATTEMPTS = `
  SELECT account_id AS "accountId", execution_id AS "executionId", attempt, status
  FROM webhook_attempts`;
const ROWS_AT_ONCE = 10_000;

/** Reads every execution and every attempt that the log ingestor has written to the history. */
export async function readRows(databaseUrl: string, write: (event: HistoryEvent) => void): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await readAll(client, 'row', EXECUTIONS, write);
    await readAll(client, 'attempt-row', ATTEMPTS, write);
  } finally {
    await client.end();
  }
}

/** Reads through a cursor, because a run leaves hundreds of thousands of rows. */
async function readAll(
  client: Client,
  kind: 'row' | 'attempt-row',
  query: string,
  write: (event: HistoryEvent) => void,
): Promise<void> {
  await client.query('BEGIN');
  await client.query(`DECLARE history CURSOR FOR ${query}`);
  for (;;) {
    const { rows } = await client.query<object>(`FETCH ${ROWS_AT_ONCE} FROM history`);
    for (const row of rows) write({ kind, ...row } as HistoryEvent);
    if (rows.length === 0) break;
  }
  await client.query('COMMIT');
}
