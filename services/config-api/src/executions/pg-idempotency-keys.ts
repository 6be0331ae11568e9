import type pg from 'pg';
import type { KeyClaim, RequestExecutionDeps } from './request-execution.ts';

/** Time for which a key identifies its execution. */
const RETENTION = "interval '24 hours'";

interface IdempotencyKeys {
  claim: RequestExecutionDeps['idempotencyKeys']['claim'];
  markPublished: RequestExecutionDeps['idempotencyKeys']['markPublished'];
  /** Removes the keys that have expired. */
  deleteExpired(): Promise<void>;
}

export function createIdempotencyKeys({ pool }: { pool: pg.Pool }): IdempotencyKeys {
  return {
    claim: async ({ accountId, key }, { hash, formerHash, executionId }) => {
      await pool.query(
        `DELETE FROM idempotency_keys
          WHERE account_id = $1 AND key = $2 AND created_at < now() - ${RETENTION}`,
        [accountId, key],
      );
      const { rows } = await pool.query<{ first: boolean; same: boolean; published: boolean }>(CLAIM, [
        accountId,
        key,
        hash,
        executionId,
        formerHash,
      ]);
      const [row] = rows;
      if (!row) throw new Error('claiming an idempotency key returned no row');
      return claimOf(row);
    },
    markPublished: async ({ accountId, key }) => {
      await pool.query(
        'UPDATE idempotency_keys SET published_at = now() WHERE account_id = $1 AND key = $2 AND published_at IS NULL',
        [accountId, key],
      );
    },
    deleteExpired: async () => {
      await pool.query(`DELETE FROM idempotency_keys WHERE created_at < now() - ${RETENTION}`);
    },
  };
}

/** The update changes nothing; it only makes the statement return an existing row. `xmax` is 0 for a new row. */
const CLAIM = `
  INSERT INTO idempotency_keys AS k (account_id, key, request_hash, execution_id)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (account_id, key) DO UPDATE SET execution_id = k.execution_id
  RETURNING xmax = 0 AS first, request_hash IN ($3, $5) AS same, published_at IS NOT NULL AS published
`;

function claimOf({
  first,
  same,
  published,
}: {
  first: boolean;
  same: boolean;
  published: boolean;
}): KeyClaim {
  if (first) return { kind: 'first' };
  return same ? { kind: 'repeat', published } : { kind: 'conflict' };
}
