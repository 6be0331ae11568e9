import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { type Column, columnArrays, columnNames, unnestColumns } from '../ingest/pg-columns.ts';
import type { Counts } from './account-counts.ts';

/** Example of an unaccounted execution, as the API shows it. */
export interface UnaccountedExample {
  /** Null if its last record has not been read yet or cannot be read. */
  execution_id: string | null;
  topic: string;
  partition: number;
  offset: number;
  /** RFC 3339. */
  since: string;
}

/** Counts of an account in one partition. */
export interface AccountRow extends Counts {
  accountId: string;
  partition: number;
  examples: readonly UnaccountedExample[];
}

/**
 * The ledger in Postgres. A process claims the partitions that it gains, and writes only to those that no other process
 * has claimed since.
 */
export interface LedgerStore {
  /** Claims partitions; returns the snapshot of each, null if there is none or it belongs to other topics. */
  claim(partitions: readonly number[]): Promise<Map<number, Buffer | null>>;
  /** Removes the counts and the snapshots of partitions whose ledger starts empty. */
  reset(partitions: readonly number[]): Promise<void>;
  /**
   * Writes counts, except those of deleted accounts, and records that the counts of all held partitions are current.
   * @returns the partitions that another process has claimed
   */
  write(held: readonly number[], rows: readonly AccountRow[]): Promise<number[]>;
  save(partition: number, snapshot: Buffer): Promise<void>;
}

export function createLedgerStore(
  { pool }: { pool: Pool },
  { topicPrefix }: { topicPrefix: string },
): LedgerStore {
  const owner = randomUUID();
  return {
    claim: async (partitions) => {
      const { rows } = await pool.query<{ partition: number; snapshot: Buffer | null }>(CLAIM, [
        partitions,
        topicPrefix,
        owner,
      ]);
      return new Map(rows.map(({ partition, snapshot }) => [partition, snapshot]));
    },
    reset: async (partitions) => {
      await pool.query(RESET, [partitions, owner]);
    },
    write: async (held, rows) => {
      const columns = columnArrays(COLUMNS, rows);
      const { rows: mine } = await pool.query<{ partition: number }>(WRITE, [...columns, held, owner]);
      return held.filter((partition) => mine.every((row) => row.partition !== partition));
    },
    save: async (partition, snapshot) => {
      await pool.query(SAVE, [partition, owner, snapshot]);
    },
  };
}

const CLAIM = `
  INSERT INTO webhook_ledger_partitions AS known (partition, topic_prefix, owner)
  SELECT partition, $2, $3 FROM unnest($1::integer[]) AS partition
  ON CONFLICT (partition) DO UPDATE SET
    owner = EXCLUDED.owner,
    topic_prefix = EXCLUDED.topic_prefix,
    snapshot = CASE WHEN known.topic_prefix = EXCLUDED.topic_prefix THEN known.snapshot END
  RETURNING partition, snapshot
`;

const RESET = `
  WITH mine AS (
    UPDATE webhook_ledger_partitions SET counted_since = now(), snapshot = NULL
    WHERE partition = ANY ($1) AND owner = $2 RETURNING partition
  )
  DELETE FROM webhook_ledger_accounts USING mine WHERE webhook_ledger_accounts.partition = mine.partition
`;

const COLUMNS: readonly Column<AccountRow>[] = [
  ['account_id', 'id', ({ accountId }) => accountId],
  ['partition', 'integer', ({ partition }) => partition],
  ['requested', 'bigint', ({ requested }) => requested],
  ['completed', 'bigint', ({ completed }) => completed],
  ['dead_lettered', 'bigint', ({ deadLettered }) => deadLettered],
  ['in_hand', 'bigint', ({ inHand }) => inHand],
  ['unaccounted', 'bigint', ({ unaccounted }) => unaccounted],
  ['waiting', 'json', ({ waiting }) => (Object.keys(waiting).length > 0 ? waiting : null)],
  ['unaccounted_executions', 'json', ({ examples }) => (examples.length > 0 ? examples : null)],
];

const COUNTED = COLUMNS.map(([name]) => name).filter((name) => name !== 'account_id' && name !== 'partition');

/** The update locks the rows of the partitions, so that none of them can be claimed until the counts are written. */
const WRITE = `
  WITH mine AS (
    UPDATE webhook_ledger_partitions SET written_at = now()
    WHERE partition = ANY ($${COLUMNS.length + 1}) AND owner = $${COLUMNS.length + 2} RETURNING partition
  ), written AS (
    INSERT INTO webhook_ledger_accounts (${columnNames(COLUMNS)})
    SELECT given.* FROM ${unnestColumns(COLUMNS)} AS given (${columnNames(COLUMNS)})
      JOIN mine ON mine.partition = given.partition
    WHERE NOT EXISTS (SELECT 1 FROM deleted_accounts WHERE deleted_accounts.id = given.account_id)
    ON CONFLICT (account_id, partition) DO UPDATE SET
      ${COUNTED.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}
  )
  SELECT partition FROM mine
`;

const SAVE = `
  UPDATE webhook_ledger_partitions SET snapshot = $3, saved_at = now() WHERE partition = $1 AND owner = $2
`;
