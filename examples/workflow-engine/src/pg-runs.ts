import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { writeContactFields } from './pg-contacts.ts';
import { START } from './position.ts';
import { type Progress, type Run, type RunEnd, RunNotRunningError } from './run.ts';

export interface Runs {
  begin(run: Pick<Run, 'accountId' | 'contactId' | 'workflow'>): Promise<string>;
  find(id: string): Promise<Run | null>;
  /** Returns runs that an earlier process left unfinished, oldest first. */
  unfinished(): Promise<Pick<Run, 'id' | 'status'>[]>;
  /** Marks a running run as cancelling; returns false if it has ended or is already being cancelled. */
  markCancelling(id: string): Promise<boolean>;
  /** Ends a run if its status is `from`; otherwise does nothing. */
  end(id: string, from: 'running' | 'cancelling', how: RunEnd, error?: string): Promise<void>;
}

const COLUMNS = `id, account_id AS "accountId", contact_id AS "contactId", workflow, status, position, variables, error`;

export function createRuns({ pool }: { pool: Pool }): Runs {
  return {
    begin: async ({ accountId, contactId, workflow }) => {
      const id = randomUUID();
      await pool.query(
        'INSERT INTO engine_runs (id, account_id, contact_id, workflow, position) VALUES ($1, $2, $3, $4, $5)',
        [id, accountId, contactId, JSON.stringify(workflow), JSON.stringify(START)],
      );
      return id;
    },
    find: async (id) => {
      const { rows } = await pool.query<Run>(`SELECT ${COLUMNS} FROM engine_runs WHERE id = $1`, [id]);
      return rows[0] ?? null;
    },
    unfinished: async () => {
      const { rows } = await pool.query<Pick<Run, 'id' | 'status'>>(
        `SELECT id, status FROM engine_runs WHERE status IN ('running', 'cancelling') ORDER BY created_at`,
      );
      return rows;
    },
    markCancelling: async (id) => {
      const marked = await pool.query(
        `UPDATE engine_runs SET status = 'cancelling' WHERE id = $1 AND status = 'running'`,
        [id],
      );
      return marked.rowCount === 1;
    },
    end: async (id, from, how, error) => {
      await pool.query(`UPDATE engine_runs SET status = $3, error = $4 WHERE id = $1 AND status = $2`, [
        id,
        from,
        how,
        error ?? null,
      ]);
    },
  };
}

/**
 * Makes the changes of a step to fields, variables and the position of the run, in the caller's transaction.
 * @throws RunNotRunningError if the run was cancelled in the meantime; the caller must then roll back its transaction
 */
export async function makeProgress(
  tx: PoolClient,
  run: Pick<Run, 'id' | 'contactId'>,
  { fields, position }: Progress,
): Promise<void> {
  const moved = await tx.query(`UPDATE engine_runs SET position = $2 WHERE id = $1 AND status = 'running'`, [
    run.id,
    JSON.stringify(position),
  ]);
  if (moved.rowCount === 0) throw new RunNotRunningError(`run ${run.id} is no longer running`);
  for (const { kind, name, json } of fields) {
    if (kind !== 'workflow_variable') continue;
    await tx.query(
      'UPDATE engine_runs SET variables = jsonb_set(variables, $2::text[], $3::jsonb) WHERE id = $1',
      [run.id, [name], json],
    );
  }
  await writeContactFields(tx, run.contactId, fields);
}
