import type { Pool } from 'pg';

/** Inserts a row as another service would. */
export async function insertRow(pool: Pool, table: string, row: Record<string, unknown>): Promise<void> {
  const names = Object.keys(row);
  const places = names.map((_name, index) => `$${index + 1}`);
  await pool.query(`INSERT INTO ${table} (${names.join()}) VALUES (${places.join()})`, Object.values(row));
}

const ACCEPTED_AT = new Date(Date.UTC(2026, 0, 10, 12));

/** Inserts an execution with one attempt that has bodies. The partition of 2026-01-10 must exist. */
export async function insertExecution(pool: Pool, accountId: string, executionId: string): Promise<void> {
  const identity = { account_id: accountId, execution_id: executionId, accepted_at: ACCEPTED_AT };
  await insertRow(pool, 'webhook_executions', {
    ...identity,
    workflow_id: 'workflow_1',
    action_id: 'action_1',
    status: 'success',
    attempts: 1,
    wait_attempt: 0,
    wait_deferrals: 0,
    requested_at: ACCEPTED_AT,
    completed_at: ACCEPTED_AT,
    context: '{"contact":{"email":"secret-context"}}',
    mapped_fields: { target: '"secret-mapped"' },
    mapping_errors: {},
  });
  await insertRow(pool, 'webhook_attempts', {
    ...identity,
    attempt: 1,
    workflow_id: 'workflow_1',
    action_id: 'action_1',
    definition_version: 1,
    requested_at: ACCEPTED_AT,
    status: 'success',
    request_url: 'https://example.com/hook',
    request_method: 'POST',
    request_headers: {},
    request_body: 'secret-request',
    request_body_bytes: 14,
    request_body_sha256: 'secret-hash',
    response_status: 200,
    response_headers: {},
    response_body: 'secret-response',
    response_body_bytes: 15,
    response_body_bytes_read: 15,
    response_truncated: false,
    queued_ms: 0,
    started_at: ACCEPTED_AT,
    duration_ms: 1,
  });
}
