import type { Pool, PoolClient } from 'pg';
import {
  HISTORY_TABLES,
  type HistoryTable,
  nextDay,
  parsePartitionName,
  partitionName,
} from './partition-days.ts';
import { inTransaction, withConnection } from './pool.ts';

/** Advisory locks: only one database session at a time creates day partitions, and only one drops them. */
const CREATE_LOCK = 4_665_022;
const DROP_LOCK = 4_665_023;

/**
 * Creates the missing partitions of the given days, for every history table. Reads and writes continue in the meantime:
 * a table is created separately and then attached, which takes no lock that blocks a query (`CREATE TABLE … PARTITION
 * OF` would take one). Safe if several processes call it at the same time.
 * @param days UTC days, `YYYY-MM-DD`
 */
export async function ensureDayPartitions(pool: Pool, days: readonly string[]): Promise<void> {
  const wanted = days.flatMap((day) =>
    HISTORY_TABLES.map((table) => ({ table, day, name: partitionName(table, day) })),
  );
  await inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [CREATE_LOCK]);
    const existing = new Set((await listPartitions(client)).map(({ name }) => name));
    for (const { table, day, name } of wanted) {
      if (existing.has(name)) continue;
      await client.query(`CREATE TABLE ${name} (LIKE ${table} INCLUDING ALL)`);
      await client.query(
        `ALTER TABLE ${table} ATTACH PARTITION ${name}
           FOR VALUES FROM ('${day} 00:00:00+00') TO ('${nextDay(day)} 00:00:00+00')`,
      );
    }
  });
}

/**
 * Drops every partition of a day before `oldestKept`, oldest first. Each is detached concurrently and then dropped, so
 * that reads and writes of other days are not blocked; a drop that an earlier call left unfinished is
 * completed.
 * @param oldestKept UTC day, `YYYY-MM-DD`
 * @returns names of the dropped tables; none if another process is already dropping partitions
 */
export function dropPartitionsBefore(pool: Pool, oldestKept: string): Promise<string[]> {
  return withConnection(pool, async (client, discard) => {
    // Closing the session releases the lock and discards the timeout setting.
    discard(new Error('this session was used to drop partitions and is not reused'));
    const lock = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
      DROP_LOCK,
    ]);
    if (!lock.rows[0]?.held) return [];
    // Detaching waits for the queries that were running when it began, however long they take.
    await client.query('SET statement_timeout = 0');
    const expired = (await listPartitions(client))
      .filter(({ day }) => day < oldestKept)
      .sort((a, b) => a.day.localeCompare(b.day) || a.name.localeCompare(b.name));
    for (const partition of expired) await drop(client, partition);
    return expired.map(({ name }) => name);
  });
}

interface Partition {
  name: string;
  table: HistoryTable;
  day: string;
  state: 'attached' | 'detaching' | 'detached';
}

async function listPartitions(client: PoolClient): Promise<Partition[]> {
  const { rows } = await client.query<{ name: string; state: Partition['state'] }>(`
    SELECT c.relname AS name,
           CASE WHEN i.inhrelid IS NULL THEN 'detached'
                WHEN i.inhdetachpending THEN 'detaching'
                ELSE 'attached' END AS state
      FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
  `);
  return rows.flatMap(({ name, state }) => {
    const parsed = parsePartitionName(name);
    return parsed ? [{ name, state, ...parsed }] : [];
  });
}

async function drop(client: PoolClient, { name, table, state }: Partition): Promise<void> {
  if (state === 'attached') await client.query(`ALTER TABLE ${table} DETACH PARTITION ${name} CONCURRENTLY`);
  if (state === 'detaching') await client.query(`ALTER TABLE ${table} DETACH PARTITION ${name} FINALIZE`);
  await client.query(`DROP TABLE ${name}`);
}
