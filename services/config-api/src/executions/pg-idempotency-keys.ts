import type pg from 'pg';
import type { KeyClaim, RequestExecutionDeps } from './request-execution.ts';
import type { RequestExecutionsDeps } from './request-executions.ts';

/** Time for which a key identifies its execution. */
const RETENTION = "interval '24 hours'";

interface IdempotencyKeys {
  claim: RequestExecutionDeps['idempotencyKeys']['claim'];
  markPublished: RequestExecutionDeps['idempotencyKeys']['markPublished'];
  claimAll: RequestExecutionsDeps['idempotencyKeys']['claimAll'];
  markAllPublished: RequestExecutionsDeps['idempotencyKeys']['markAllPublished'];
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
      const { rows } = await pool.query<ClaimRow>(CLAIM, [accountId, key, hash, executionId, formerHash]);
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
    claimAll: async (accountId, requests) => {
      const keys = requests.map(({ key }) => key);
      await pool.query(
        `DELETE FROM idempotency_keys
          WHERE account_id = $1 AND key = ANY($2) AND created_at < now() - ${RETENTION}`,
        [accountId, keys],
      );
      const { rows } = await pool.query<ClaimRow & { key: string }>(CLAIM_ALL, [
        accountId,
        keys,
        requests.map(({ hash }) => hash),
        requests.map(({ executionId }) => executionId),
        requests.map(({ formerHash }) => formerHash),
      ]);
      return new Map(rows.map((row) => [row.key, claimOf(row)]));
    },
    markAllPublished: async (accountId, keys) => {
      await pool.query(
        `UPDATE idempotency_keys SET published_at = now()
          WHERE account_id = $1 AND key = ANY($2) AND published_at IS NULL`,
        [accountId, keys],
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

/** As CLAIM, for several keys, in one order in every instance, so that two of them cannot wait for each other. */
const CLAIM_ALL = `
  WITH claimed AS (
    INSERT INTO idempotency_keys AS k (account_id, key, request_hash, execution_id)
    SELECT $1, n.key, n.hash, n.execution_id
      FROM unnest($2::text[], $3::bytea[], $4::uuid[]) AS n (key, hash, execution_id)
     ORDER BY n.key
    ON CONFLICT (account_id, key) DO UPDATE SET execution_id = k.execution_id
    RETURNING k.key, xmax = 0 AS first, k.request_hash, published_at IS NOT NULL AS published
  )
  SELECT claimed.key, first, request_hash IN (n.hash, n.former_hash) AS same, published
    FROM claimed JOIN unnest($2::text[], $3::bytea[], $5::bytea[]) AS n (key, hash, former_hash) USING (key)
`;

interface ClaimRow {
  first: boolean;
  same: boolean;
  published: boolean;
}

function claimOf({ first, same, published }: ClaimRow): KeyClaim {
  if (first) return { kind: 'first' };
  return same ? { kind: 'repeat', published } : { kind: 'conflict' };
}
