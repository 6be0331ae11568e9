import type { Pool } from 'pg';
import { DataRefusedError } from '../ingest/history-writer.ts';
import { type Column, columnArrays, columnNames, unnestColumns } from '../ingest/pg-columns.ts';
import { isRefusal } from '../ingest/pg-history-writer.ts';
import { keptBytes, type NewDeadLetterRow } from './dead-letter-row.ts';
import type { DeadLetterUsage } from './room.ts';

/** Store of dead letters. */
export interface DeadLetterWriter {
  /** Returns the number of rows and bytes that are stored now. */
  usage(): Promise<DeadLetterUsage>;
  /**
   * Writes either all rows or none. A row that exists is not changed, so a record that is read or dead-lettered again
   * has no effect.
   * @throws DataRefusedError if the store rejects the data; any other error means that the store itself failed
   */
  write(rows: readonly NewDeadLetterRow[]): Promise<void>;
}

export function createPgDeadLetterWriter({ pool }: { pool: Pool }): DeadLetterWriter {
  return {
    usage: async () => {
      const { rows } = await pool.query<{ rows: string; bytes: string }>(USAGE);
      return { rows: Number(rows[0]?.rows), bytes: Number(rows[0]?.bytes) };
    },
    write: async (rows) => {
      try {
        await pool.query(INSERT, columnArrays(COLUMNS, rows));
      } catch (error) {
        if (isRefusal(error)) throw new DataRefusedError(error.message, { cause: error });
        throw error;
      }
    },
  };
}

const COLUMNS: readonly Column<NewDeadLetterRow>[] = [
  ['id', 'uuid', (row) => row.id],
  ['topic', 'text', (row) => row.topic],
  ['partition', 'integer', (row) => row.partition],
  ['record_offset', 'bigint', (row) => row.offset],
  ['record_key', 'bytea', (row) => row.key],
  ['value', 'bytea', (row) => row.value],
  ['value_bytes', 'bigint', (row) => row.valueBytes],
  ['kept_bytes', 'integer', keptBytes],
  ['is_cut', 'boolean', (row) => row.isCut],
  ['reason', 'text', (row) => row.reason],
  ['error', 'text', (row) => row.error],
  ['account_id', 'text', (row) => row.accountId],
  ['execution_id', 'text', (row) => row.executionId],
  ['failed_at', 'timestamptz', (row) => row.failedAt],
];

const INSERT = `
  INSERT INTO webhook_dead_letters (${columnNames(COLUMNS)})
  SELECT * FROM ${unnestColumns(COLUMNS)}
  ON CONFLICT DO NOTHING
`;

const USAGE = 'SELECT count(*) AS rows, coalesce(sum(kept_bytes), 0) AS bytes FROM webhook_dead_letters';
