import type { RecordPosition } from '@hookline/shared/kafka/publish/publisher';
import type pg from 'pg';
import { type DeadLetterFilter, deadLetterListQuery, ONE_DEAD_LETTER } from './dead-letter-query.ts';
import type { DeadLetterDetailRow, ListedDeadLetterRow } from './dead-letter-view.ts';

/** Dead letters in the store, which the log ingestor writes. */
export interface DeadLetterStore {
  /** Up to `limit` + 1 rows, newest first. */
  list(filter: DeadLetterFilter): Promise<ListedDeadLetterRow[]>;
  /** @param id a UUID */
  find(id: string): Promise<DeadLetterDetailRow | null>;
  /** @param position with the topic's name in the catalogue */
  markRedriven(id: string, position: RecordPosition): Promise<void>;
}

export function createDeadLetterStore({ pool }: { pool: pg.Pool }): DeadLetterStore {
  return {
    list: async (filter) => (await pool.query<ListedDeadLetterRow>(deadLetterListQuery(filter))).rows,
    find: async (id) => (await pool.query<DeadLetterDetailRow>(ONE_DEAD_LETTER, [id])).rows[0] ?? null,
    markRedriven: async (id, position) => {
      await pool.query(MARK, [id, JSON.stringify(position)]);
    },
  };
}

/** The first one counts, where two were sent at the same time. */
const MARK = `
  UPDATE webhook_dead_letters SET redriven_at = now(), redriven_to = $2 WHERE id = $1 AND redriven_at IS NULL
`;
