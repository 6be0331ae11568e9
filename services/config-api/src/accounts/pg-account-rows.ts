import { withConnection } from '@hookline/database/pool';
import type pg from 'pg';
import { ACCOUNT_TABLES } from './account-tables.ts';

/**
 * Key of the advisory lock under which accounts are emptied, by one instance at a time. The key is the same in every
 * Hookline database.
 */
const EMPTY_LOCK = 4_665_042;
const MAX_ACCOUNTS = 100;

interface AccountRowsOptions {
  /** Maximum number of rows that one statement removes, so that no lock is held for long. */
  batchRows: number;
  /** Time in ms from a deletion until no service writes rows of the account any more. */
  settledMs: number;
}

/** Rows of deleted accounts, in the tables of `ACCOUNT_TABLES.emptied`. */
export interface AccountRows {
  /**
   * Removes the rows of up to `MAX_ACCOUNTS` deleted accounts in batches. An account is marked as emptied once a pass
   * finds no rows and its deletion was already settled when the pass began. The removal can be stopped at any time, and
   * another instance continues it.
   */
  empty(signal: AbortSignal): Promise<void>;
}

export function createAccountRows({ pool }: { pool: pg.Pool }, options: AccountRowsOptions): AccountRows {
  return {
    empty: (signal) =>
      withConnection(pool, async (client, discard) => {
        const { rows } = await client.query<DeletedRow>(TO_EMPTY, [options.settledMs / 1_000, MAX_ACCOUNTS]);
        if (rows.length === 0) return;
        // If a query fails, closing the session releases the lock.
        discard(new Error('this session was used to empty accounts and is not reused'));
        const lock = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
          EMPTY_LOCK,
        ]);
        if (!lock.rows[0]?.held) return;
        for (const { id, is_settled } of rows) {
          if (signal.aborted) break;
          const removed = await removeRows(client, id, { batchRows: options.batchRows, signal });
          if (removed === 0 && is_settled && !signal.aborted) await client.query(MARK, [id]);
        }
        // Unlocked explicitly, because a session ends some time after its connection is closed, and the next pass needs
        // the lock.
        await client.query('SELECT pg_advisory_unlock($1)', [EMPTY_LOCK]);
      }),
  };
}

interface DeletedRow {
  id: string;
  is_settled: boolean;
}

async function removeRows(
  client: pg.PoolClient,
  accountId: string,
  { batchRows, signal }: { batchRows: number; signal: AbortSignal },
): Promise<number> {
  let removed = 0;
  for (const table of ACCOUNT_TABLES.emptied) {
    const { rows } = await client.query<{ name: string }>(LEAVES, [table]);
    for (const { name } of rows) {
      const text = deletion(name);
      for (let count = batchRows; count === batchRows && !signal.aborted;) {
        count = (await client.query(text, [accountId, batchRows])).rowCount ?? 0;
        removed += count;
      }
    }
  }
  return removed;
}

/** Builds a statement that deletes rows by their `ctid`, which it finds by the index on the account. */
function deletion(table: string): string {
  return `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE account_id = $1 LIMIT $2))`;
}

const TO_EMPTY = `
  SELECT id, deleted_at < now() - make_interval(secs => $1) AS is_settled FROM deleted_accounts
   WHERE emptied_at IS NULL ORDER BY deleted_at LIMIT $2
`;
const MARK = 'UPDATE deleted_accounts SET emptied_at = now() WHERE id = $1';
/**
 * Lists the partitions of a table, or the table itself if it has none, because a `ctid` is unique only within a
 * partition.
 */
const LEAVES = `
  SELECT oid::regclass::text AS name FROM pg_class
   WHERE relkind = 'r' AND (oid = $1::regclass OR oid IN (SELECT relid FROM pg_partition_tree($1::regclass)))
   ORDER BY relname
`;
