import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ChangeNotice,
  EXECUTION_CHANGES_CHANNEL,
  readNotice,
} from '@hookline/database/execution-changes';
import { Client, type Pool } from 'pg';

/** Watches of this instance in Postgres. log-ingestor reports changes only for watched accounts (ADR 47). */
export interface ExecutionWatches {
  /**
   * Stores watches. Once the promise resolves, the changes of the accounts are reported, except those of earlier
   * transactions that have not ended within `SETTLE_MAX_MS`.
   * @returns null if there are no such transactions; otherwise an id above theirs, to be compared with
   *   `oldestTransaction`
   */
  watch(accountIds: readonly string[]): Promise<bigint | null>;
  /** Returns the id of the oldest transaction that is running; if none is, the id of the next one. */
  oldestTransaction(): Promise<bigint>;
  /** Extends the watches of these accounts that have not expired; returns their accounts. */
  renew(accountIds: readonly string[]): Promise<string[]>;
  unwatch(accountIds: readonly string[]): Promise<void>;
}

/**
 * Maximum wait for earlier transactions, in ms. Most transactions of log-ingestor end sooner. The wait is limited so
 * that a transaction that hangs does not prevent streams from starting.
 */
const SETTLE_MAX_MS = 1_000;
const SETTLE_POLL_MS = 50;

export function createExecutionWatches(
  { pool }: { pool: Pool },
  { instanceId }: { instanceId: string },
): ExecutionWatches {
  return {
    watch: async (accountIds) => {
      await pool.query(WATCH, [instanceId, accountIds]);
      return settle(pool);
    },
    oldestTransaction: () => transactionId(pool, OLDEST_TRANSACTION),
    renew: async (accountIds) => {
      const { rows } = await pool.query<{ account_id: string }>(RENEW, [instanceId, accountIds]);
      return rows.map(({ account_id }) => account_id);
    },
    unwatch: async (accountIds) => {
      await pool.query(UNWATCH, [instanceId, accountIds]);
    },
  };
}

/**
 * Waits for the end of all transactions that may have read the watches before the new ones were stored, but not longer
 * than `SETTLE_MAX_MS`.
 * @returns null if all have ended; otherwise an id above theirs
 */
async function settle(pool: Pool): Promise<bigint | null> {
  const next = await transactionId(pool, NEXT_TRANSACTION);
  for (let waitedMs = 0; waitedMs < SETTLE_MAX_MS; waitedMs += SETTLE_POLL_MS) {
    if ((await transactionId(pool, OLDEST_TRANSACTION)) >= next) return null;
    await sleep(SETTLE_POLL_MS);
  }
  return next;
}

async function transactionId(pool: Pool, query: string): Promise<bigint> {
  const { rows } = await pool.query<{ id: string }>(query);
  return BigInt(rows[0]?.id ?? 0);
}

/** A session that listens for changes. */
export interface ExecutionSession {
  /** @throws Error if the session is lost */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Events of a session; `onLost` may be called several times, even while the session closes. */
export interface SessionEvents {
  onNotice: (notice: ChangeNotice) => void;
  onLost: () => void;
}

/** Opens a session that listens for the changes of all watched accounts. */
export async function openExecutionSession({
  databaseUrl,
  onNotice,
  onLost,
}: SessionEvents & { databaseUrl: string }): Promise<ExecutionSession> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'hookline-executions',
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    keepAlive: true,
  });
  // Without a listener for errors, a lost session would end the process.
  client.on('error', onLost);
  client.on('end', onLost);
  client.on('notification', ({ payload }) => onNotice(readNotice(payload ?? '')));
  await client.connect();
  await client.query(`LISTEN ${EXECUTION_CHANGES_CHANNEL}`);
  return {
    ping: async () => {
      await client.query('SELECT 1');
    },
    close: () => client.end(),
  };
}

/** Expiry of a watch: six renewal intervals (`RENEW_EVERY_MS`) from now. */
const VALID = `now() + interval '30 seconds'`;

/** Stores watches, and removes those that expired more than a minute ago, such as those of killed instances. */
const WATCH = `
  WITH void AS (
    DELETE FROM execution_watches WHERE until < now() - interval '1 minute'
  )
  INSERT INTO execution_watches (account_id, instance_id, until)
  SELECT id, $1, ${VALID} FROM accounts WHERE id = ANY($2)
  ON CONFLICT (account_id, instance_id) DO UPDATE SET until = excluded.until
`;

const RENEW = `
  UPDATE execution_watches SET until = ${VALID}
  WHERE instance_id = $1 AND account_id = ANY($2) AND until > now() RETURNING account_id
`;

const UNWATCH = 'DELETE FROM execution_watches WHERE instance_id = $1 AND account_id = ANY($2)';

const NEXT_TRANSACTION = 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS id';
const OLDEST_TRANSACTION = 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS id';
