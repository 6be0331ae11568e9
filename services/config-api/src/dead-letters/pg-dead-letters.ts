import { inTransaction } from '@hookline/database/pool';
import type { RecordPosition } from '@hookline/shared/kafka/publish/publisher';
import type pg from 'pg';
import { currentCaller } from '../audit/current-caller.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { type DeadLetterFilter, deadLetterListQuery, ONE_DEAD_LETTER } from './dead-letter-query.ts';
import type { StoredDeadLetterDetail, StoredDeadLetter } from './dead-letter-view.ts';

/** Dead letters in Postgres; log-ingestor writes them. */
export interface DeadLetterStore {
  /** Returns up to `limit` + 1 rows, newest first. */
  list(filter: DeadLetterFilter): Promise<StoredDeadLetter[]>;
  /** @param id a UUID */
  find(id: string): Promise<StoredDeadLetterDetail | null>;
  /**
   * Marks a dead letter as redriven and records who did so.
   * @param position where the record was sent; `topic` is without the prefix of the deployment
   */
  markRedriven(row: Pick<StoredDeadLetter, 'id' | 'account_id'>, position: RecordPosition): Promise<void>;
}

export function createDeadLetterStore({ pool }: { pool: pg.Pool }): DeadLetterStore {
  return {
    list: async (filter) => (await pool.query<StoredDeadLetter>(deadLetterListQuery(filter))).rows,
    find: async (id) => (await pool.query<StoredDeadLetterDetail>(ONE_DEAD_LETTER, [id])).rows[0] ?? null,
    markRedriven: ({ id, account_id }, position) =>
      inTransaction(pool, async (client) => {
        await client.query(MARK, [id, JSON.stringify(position)]);
        await recordAudit(client, {
          caller: currentCaller(),
          accountId: account_id,
          action: 'dead_letter.redrive',
          target: id,
          after: position,
        });
      }),
  };
}

/** If two calls sent the record at the same time, the first mark is kept. */
const MARK = `
  UPDATE webhook_dead_letters SET redriven_at = now(), redriven_to = $2 WHERE id = $1 AND redriven_at IS NULL
`;
