import { withTransaction } from '@hookline/workflow-sdk/pg-transaction';
import type { Pool } from 'pg';

/** Creates the engine's tables if they are missing. */
export async function createTables(pool: Pool): Promise<void> {
  await withTransaction(pool, async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('engine_tables'))`);
    await tx.query(`
      CREATE TABLE IF NOT EXISTS engine_contacts (
        id text PRIMARY KEY,
        fields jsonb NOT NULL,
        revision integer NOT NULL DEFAULT 1
      )`);
    await tx.query(`
      CREATE TABLE IF NOT EXISTS engine_runs (
        id uuid PRIMARY KEY,
        account_id text NOT NULL,
        contact_id text NOT NULL REFERENCES engine_contacts,
        workflow jsonb NOT NULL,
        status text NOT NULL DEFAULT 'running',
        position jsonb NOT NULL,
        variables jsonb NOT NULL DEFAULT '{}',
        error text,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await tx.query(`
      CREATE INDEX IF NOT EXISTS engine_runs_unfinished ON engine_runs (created_at)
        WHERE status IN ('running', 'cancelling')`);
  });
}
