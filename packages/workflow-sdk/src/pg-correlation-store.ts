import { decodeEvent, encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { Pool, PoolClient } from 'pg';
import { validate as isUuid } from 'uuid';
import type { Correlation, CorrelationStore, OutstandingFilter } from './correlation-store.ts';
import { withTransaction } from './pg-transaction.ts';

interface TableOptions {
  /**
   * Prefix of the table name `webhook_correlations`: at most 30 lower-case letters, digits and underscores, not
   * beginning with a digit.
   */
  prefix?: string;
}

/** Events are stored as Avro single-object bytes, which identify their schema, so that later builds can read them. */
interface Row {
  request: Buffer;
  published: boolean;
  outcome: Buffer | null;
}

const COLUMNS = 'request, published_at IS NOT NULL AS published, outcome';

/** Creates the table of the correlations if it is missing. Engines that start at the same time may all call this. */
export async function createCorrelationTable(pool: Pool, options: TableOptions = {}): Promise<void> {
  const table = tableName(options);
  await withTransaction(pool, async (tx) => {
    // "IF NOT EXISTS" alone fails in one of two sessions that create the table at the same time.
    await tx.query('SELECT pg_advisory_xact_lock(hashtext($1))', [table]);
    await tx.query(`
      CREATE TABLE IF NOT EXISTS ${table} (
        account_id text NOT NULL,
        execution_id uuid NOT NULL,
        workflow_execution_id text,
        request bytea NOT NULL,
        saved_at timestamptz NOT NULL DEFAULT now(),
        published_at timestamptz,
        status text,
        outcome bytea,
        completed_at timestamptz,
        applied_at timestamptz,
        PRIMARY KEY (account_id, execution_id)
      )`);
    await tx.query(`
      CREATE INDEX IF NOT EXISTS ${table}_outstanding ON ${table} (workflow_execution_id)
        WHERE outcome IS NULL`);
    await tx.query(`
      CREATE INDEX IF NOT EXISTS ${table}_completed_at ON ${table} (completed_at)
        WHERE outcome IS NOT NULL`);
  });
}

/**
 * Stores correlations in the table that `createCorrelationTable` creates. The pool belongs to the engine, which also
 * closes it.
 */
export function createPgCorrelationStore(
  { pool }: { pool: Pool },
  options: TableOptions = {},
): CorrelationStore<PoolClient> {
  const table = tableName(options);
  return {
    save: (request) => save(pool, table, request),
    markPublished: async (identity) => {
      await pool.query(
        `UPDATE ${table} SET published_at = now()
         WHERE account_id = $1 AND execution_id = $2 AND published_at IS NULL`,
        [identity.accountId, identity.executionId],
      );
    },
    complete: (outcomes) => complete(pool, table, outcomes),
    outcomes: async (identities) => {
      const { rows } = await pool.query<{ outcome: Buffer }>(
        `SELECT outcome FROM ${table} JOIN unnest($1::text[], $2::uuid[]) AS wanted (account_id, execution_id)
           USING (account_id, execution_id)
         WHERE outcome IS NOT NULL`,
        [identities.map((one) => one.accountId), identities.map((one) => one.executionId)],
      );
      return rows.map(({ outcome }) => decodeEvent('WebhookCompleted', outcome));
    },
    outstanding: (filter) => outstanding(pool, table, filter),
    applyOnce: (identity, apply) => applyOnce(pool, table, { identity, apply }),
    forgetCompletedBefore: async (time) => {
      const deleted = await pool.query(
        `DELETE FROM ${table} WHERE outcome IS NOT NULL AND completed_at < $1`,
        [new Date(time)],
      );
      return deleted.rowCount ?? 0;
    },
  };
}

/** Returns the table's name, which becomes part of SQL statements. Rejects a prefix that is not a plain name. */
function tableName({ prefix = '' }: TableOptions): string {
  if (!/^[a-z0-9_]{0,30}$/.test(prefix) || /^\d/.test(prefix)) {
    throw new RangeError(
      `table prefix "${prefix}" must be at most 30 lower-case letters, digits or underscores and must not start with a digit`,
    );
  }
  return `${prefix}webhook_correlations`;
}

async function save(pool: Pool, table: string, request: WebhookRequested): Promise<Correlation> {
  const { accountId, executionId, workflowExecutionId } = request;
  const inserted = await pool.query(
    `INSERT INTO ${table} (account_id, execution_id, workflow_execution_id, request)
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    [accountId, executionId, workflowExecutionId, encodeEvent('WebhookRequested', request)],
  );
  if (inserted.rowCount === 1) return { request, published: false, outcome: null };
  const { rows } = await pool.query<Row>(
    `SELECT ${COLUMNS} FROM ${table} WHERE account_id = $1 AND execution_id = $2`,
    [accountId, executionId],
  );
  const [kept] = rows;
  if (!kept)
    throw new Error(`execution ${executionId} was deleted while it was saved again: request it again`);
  return correlation(kept);
}

async function complete(pool: Pool, table: string, outcomes: readonly WebhookCompleted[]): Promise<void> {
  const first = firstOfEach(outcomes.filter(canBeKept));
  if (first.length === 0) return;
  await pool.query(
    `UPDATE ${table} AS kept SET status = received.status, outcome = received.outcome, completed_at = now()
     FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bytea[])
       AS received (account_id, execution_id, status, outcome)
     WHERE kept.account_id = received.account_id AND kept.execution_id = received.execution_id
       AND kept.outcome IS NULL`,
    [
      first.map((one) => one.accountId),
      first.map((one) => one.executionId),
      first.map((one) => one.status),
      first.map((one) => encodeEvent('WebhookCompleted', one)),
    ],
  );
}

/**
 * Excludes outcomes whose ids would make Postgres reject the whole statement. Other producers may publish such
 * outcomes.
 */
function canBeKept({ accountId, executionId }: ExecutionIdentity): boolean {
  return isUuid(executionId) && !accountId.includes('\0');
}

/** Keeps the first outcome of each execution, because an UPDATE with two outcomes for the same row may store either. */
function firstOfEach(outcomes: readonly WebhookCompleted[]): WebhookCompleted[] {
  const first = new Map<string, WebhookCompleted>();
  for (const outcome of outcomes) {
    const key = executionKey(outcome);
    if (!first.has(key)) first.set(key, outcome);
  }
  return [...first.values()];
}

async function outstanding(pool: Pool, table: string, filter: OutstandingFilter): Promise<Correlation[]> {
  const { workflowExecutionId, identity, unpublished } = filter;
  const { rows } = await pool.query<Row>(
    `SELECT ${COLUMNS} FROM ${table}
     WHERE outcome IS NULL
       AND ($1::text IS NULL OR workflow_execution_id = $1)
       AND ($2::text IS NULL OR (account_id = $2 AND execution_id = $3::uuid))
       AND (NOT $4::boolean OR published_at IS NULL)
     ORDER BY saved_at`,
    [
      workflowExecutionId ?? null,
      identity?.accountId ?? null,
      identity?.executionId ?? null,
      unpublished ?? false,
    ],
  );
  return rows.map(correlation);
}

function applyOnce(
  pool: Pool,
  table: string,
  { identity, apply }: { identity: ExecutionIdentity; apply: (tx: PoolClient) => Promise<void> },
): Promise<boolean> {
  const key = [identity.accountId, identity.executionId];
  return withTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ applied: boolean }>(
      `SELECT applied_at IS NOT NULL AS applied FROM ${table}
       WHERE account_id = $1 AND execution_id = $2 AND outcome IS NOT NULL FOR UPDATE`,
      key,
    );
    const [found] = rows;
    if (!found)
      throw new Error(
        `no outcome of execution ${identity.executionId} is stored: apply an outcome only after it was received`,
      );
    if (found.applied) return false;
    await apply(tx);
    await tx.query(`UPDATE ${table} SET applied_at = now() WHERE account_id = $1 AND execution_id = $2`, key);
    return true;
  });
}

function correlation({ request, published, outcome }: Row): Correlation {
  return {
    request: decodeEvent('WebhookRequested', request),
    published,
    outcome: outcome && decodeEvent('WebhookCompleted', outcome),
  };
}
