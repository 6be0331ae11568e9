import type { Logger } from '@hookline/shared/runtime/logger';
import { Pool, type PoolClient } from 'pg';

interface PoolOptions {
  /** `postgres://user:password@host:port/database` */
  databaseUrl: string;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  maxConnections: number;
  /** Time after which Postgres cancels a statement; 30 s by default. */
  statementTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * Creates a pool of connections to Postgres. It connects when first used, so it can be created while the database is
 * unavailable. Connections that break while idle are replaced; with a logger, each break is logged as a warning.
 */
export function createPool(deps: { logger?: Logger }, options: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: options.databaseUrl,
    application_name: options.applicationName,
    max: options.maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    // If the process dies, its session must not hold row locks for hours, until a TCP timeout.
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
  });
  // Without a listener, the error of an idle connection that breaks would end the process.
  pool.on('error', (error) =>
    deps.logger?.warn({ err: error }, 'an idle database connection broke; it is replaced when needed'),
  );
  return pool;
}

/**
 * Runs `work` on one connection. Afterwards, the connection returns to the pool, or is closed if it broke in the
 * meantime or `work` called `discard` with a reason.
 */
export async function withConnection<T>(
  pool: Pool,
  work: (client: PoolClient, discard: (reason: Error) => void) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let unusable: Error | undefined;
  const discard = (reason: Error): void => {
    unusable ??= reason;
  };
  // If the connection breaks, the running statement rejects; without a listener, the process would end as well.
  client.on('error', discard);
  try {
    return await work(client, discard);
  } finally {
    if (!unusable) client.off('error', discard);
    client.release(unusable);
  }
}

/** Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. */
export function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return withConnection(pool, async (client, discard) => {
    await client.query('BEGIN');
    try {
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(discard);
      throw error;
    }
  });
}
