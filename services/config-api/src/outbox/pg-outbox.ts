import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import { Client, type Pool } from 'pg';

/** An outbox row that waits to be published, as the relay reads it. */
export interface PendingRow {
  id: string;
  topic: string;
  accountId: string;
  key: string;
  /** Null for a tombstone. */
  value: Buffer | null;
  /** Version of the row in Postgres; it changes when the row is reopened. */
  version: string;
}

/**
 * Session of the relay. While it holds the lock, no other relay publishes from this database. The lock ends with the
 * session, so a relay that has died does not keep it.
 */
export interface OutboxSession {
  /** Returns false while another relay holds the lock. */
  tryLock(): Promise<boolean>;
  /**
   * Returns the rows that may be published now, in the order in which they were written: at most `maxRows`, and at most
   * `maxBytes` of values, but at least one row.
   */
  pending(limits: { maxRows: number; maxBytes: number }): Promise<PendingRow[]>;
  /**
   * Marks rows as published, except those that have been reopened since they were read. Deletes published rows when a
   * newer row of their key is marked, because only the newest row of a key may be reopened.
   */
  markPublished(rows: readonly Omit<PendingRow, 'value'>[]): Promise<void>;
  close(): Promise<void>;
}

interface OutboxSessionOptions {
  databaseUrl: string;
  /** Called for each notification of committed rows, and when the session is lost. */
  onWake: () => void;
}

/** Key of the advisory lock of the relay, which is the same in every Hookline database. */
const RELAY_LOCK = 4_665_031;
const CHANNEL = 'hookline_outbox';
/**
 * Maximum number of keys whose newest published row a session knows. Superseded rows of other keys are deleted a day
 * after their publication.
 */
const MAX_KNOWN_KEYS = 10_000;

/** Opens a session that listens for new rows. */
export async function openOutboxSession({
  databaseUrl,
  onWake,
}: OutboxSessionOptions): Promise<OutboxSession> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'hookline-outbox-relay',
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    keepAlive: true,
  });
  // Without a listener, a lost session would end the process. The next query reports the loss.
  client.on('error', onWake);
  client.on('notification', onWake);
  await client.connect();
  await client.query(`LISTEN ${CHANNEL}`);
  const newest = new BoundedMap<string, string>({ maxEntries: MAX_KNOWN_KEYS });
  return {
    tryLock: async () => {
      const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
        RELAY_LOCK,
      ]);
      return rows[0]?.held === true;
    },
    pending: async ({ maxRows, maxBytes }) => {
      const { rows } = await client.query<PendingRow>(PENDING, [maxRows, maxBytes]);
      return rows;
    },
    markPublished: async (rows) => {
      await client.query(MARK, [rows.map(({ id }) => id), rows.map(({ version }) => version)]);
      const superseded = supersededIds(newest, rows);
      if (superseded.length > 0) await client.query(DELETE_SUPERSEDED, [superseded]);
    },
    close: () => client.end(),
  };
}

/** Sums the lengths before it reads values, so that values beyond the maximum sum are neither read nor sent. */
const PENDING = `
  SELECT id, topic, account_id AS "accountId", record_key AS key, value, o.xmin::text AS version
    FROM (
      SELECT id, row_number() OVER so_far AS rows, sum(bytes) OVER so_far AS bytes
        FROM (
          SELECT id, coalesce(octet_length(value), 0) AS bytes FROM outbox
           WHERE published_at IS NULL AND available_at <= now()
           ORDER BY id LIMIT $1
        ) first
      WINDOW so_far AS (ORDER BY id ROWS UNBOUNDED PRECEDING)
    ) pending
    JOIN outbox o USING (id)
   WHERE pending.rows = 1 OR pending.bytes <= $2
   ORDER BY id
`;

const MARK = `
  UPDATE outbox o SET published_at = now()
    FROM unnest($1::bigint[], $2::text[]) AS sent (id, version)
   WHERE o.id = sent.id AND o.xmin::text = sent.version
`;

const DELETE_SUPERSEDED = 'DELETE FROM outbox WHERE id = ANY($1::bigint[]) AND published_at IS NOT NULL';

/**
 * Returns the ids of rows that are older than another published row of their key, and notes the newest row of each
 * key.
 * @param newest the id of the newest published row of each key
 */
function supersededIds(
  newest: BoundedMap<string, string>,
  rows: readonly Omit<PendingRow, 'value'>[],
): string[] {
  return rows.flatMap(({ topic, key, id }) => {
    const name = `${topic}/${key}`;
    const known = newest.get(name) ?? id;
    const isNewer = BigInt(id) > BigInt(known);
    newest.set(name, isNewer ? id : known);
    if (id === known) return [];
    return isNewer ? [known] : [id];
  });
}

/** Operations on the outbox outside the relay's session. */
interface OutboxUpkeep {
  /** Makes the newest record of each key pending again, even if another relay is currently sending it. */
  reopenNewest(rows: readonly PendingRow[]): Promise<void>;
  /**
   * Removes rows that were published more than a day ago. Until then the newest row of each key is kept, because a
   * relay that has lost its lock may have to publish it again.
   */
  deletePublished(): Promise<void>;
}

export function createOutboxUpkeep({ pool }: { pool: Pool }): OutboxUpkeep {
  return {
    reopenNewest: async (rows) => {
      await pool.query(REOPEN_NEWEST, [rows.map(({ topic }) => topic), rows.map(({ key }) => key)]);
    },
    deletePublished: async () => {
      await pool.query(`DELETE FROM outbox WHERE published_at < now() - interval '1 day'`);
    },
  };
}

const REOPEN_NEWEST = `
  UPDATE outbox SET published_at = NULL
   WHERE id IN (
     SELECT max(o.id) FROM outbox o
       JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS k (topic, record_key)) sent
         ON o.topic = sent.topic AND o.record_key = sent.record_key
      WHERE o.available_at <= now()
      GROUP BY o.topic, o.record_key
   )
`;
