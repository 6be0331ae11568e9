import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { deleteInBatches } from '@hookline/database/delete-in-batches';
import type { Claim, IdempotentResponses, KeyIdentity } from './idempotent-responses.ts';

/** Limits for the keys and responses of one account. */
export const IDEMPOTENCY_LIMITS = {
  keysPerAccount: 10_000,
  bytesPerAccount: 64 * 1_048_576,
} as const;

/** Time for which a key identifies its request. */
const RETENTION = "interval '24 hours'";
/**
 * Time after which a request without a response can no longer be in progress. Receiving a body takes at most 30 s, and
 * the timeouts of test calls, Kafka and Postgres limit the rest.
 */
const MAX_IN_PROGRESS = "interval '2 minutes'";

interface ClaimRow {
  keys: number;
  bytes: string;
  retry_after_seconds: number | null;
  is_first: boolean;
  is_same: boolean | null;
  is_abandoned: boolean | null;
  status: number | null;
  headers: Record<string, string> | null;
  sealed_body: Buffer | null;
}

export function createIdempotentResponses(
  { pool }: { pool: pg.Pool },
  limits: { keysPerAccount: number; bytesPerAccount: number },
): IdempotentResponses {
  return {
    claim: async (identity, requestHash) => {
      const claimId = randomUUID();
      const values = [...primaryKey(identity), claimId, requestHash, limits.keysPerAccount];
      const { rows } = await pool.query<ClaimRow>(CLAIM, values);
      const [row] = rows;
      if (!row) throw new Error('claiming an idempotency key returned no row');
      return claimOf(row, claimId, limits);
    },
    keep: async (identity, claimId, { status, headers, sealedBody }) => {
      const values = [...primaryKey(identity), claimId, status, headers, sealedBody, sealedBody?.length ?? 0];
      await pool.query(KEEP, values);
    },
    release: async (identity, claimId) => {
      await pool.query(RELEASE, [...primaryKey(identity), claimId]);
    },
    deleteExpired: async () => {
      await deleteInBatches(pool, {
        table: 'idempotent_responses',
        where: `claimed_at < now() - ${RETENTION}`,
      });
    },
  };
}

function primaryKey({ accountId, route, keyHash }: KeyIdentity): [string, string, Buffer] {
  return [accountId, route, keyHash];
}

function claimOf(
  row: ClaimRow,
  claimId: string,
  limits: { keysPerAccount: number; bytesPerAccount: number },
): Claim {
  if (row.is_first) {
    return { kind: 'first', claimId, bytesLeft: Math.max(limits.bytesPerAccount - Number(row.bytes), 0) };
  }
  if (row.is_same === null) {
    // Another request claimed the key while this statement was running.
    if (row.keys < limits.keysPerAccount) return { kind: 'in progress' };
    return { kind: 'too many keys', retryAfterSeconds: Math.max(Math.ceil(row.retry_after_seconds ?? 0), 1) };
  }
  if (!row.is_same) return { kind: 'used for another request' };
  if (row.status === null) return { kind: row.is_abandoned ? 'outcome unknown' : 'in progress' };
  const response = { status: row.status, headers: row.headers ?? {}, sealedBody: row.sealed_body };
  return { kind: 'done', response };
}

/**
 * Inserts the key, or takes over a key that has expired. This is a single statement, so that a key costs one round
 * trip.
 */
const CLAIM = `
  WITH live AS (
    SELECT count(*)::int AS keys, coalesce(sum(body_bytes), 0) AS bytes, min(claimed_at) AS oldest_at
      FROM idempotent_responses
     WHERE account_id = $1 AND claimed_at >= now() - ${RETENTION}
  ), claimed AS (
    INSERT INTO idempotent_responses AS r (account_id, route, key_hash, claim_id, request_hash)
    SELECT $1, $2, $3, $4, $5 FROM live WHERE keys < $6
    ON CONFLICT (account_id, route, key_hash) DO UPDATE
      SET claim_id = excluded.claim_id, request_hash = excluded.request_hash, claimed_at = now(),
          status = NULL, headers = NULL, sealed_body = NULL, body_bytes = 0
      WHERE r.claimed_at < now() - ${RETENTION}
    RETURNING 1
  )
  SELECT live.keys, live.bytes, EXISTS (SELECT FROM claimed) AS is_first,
         extract(epoch FROM live.oldest_at + ${RETENTION} - now())::float AS retry_after_seconds,
         r.request_hash = $5 AS is_same, r.claimed_at < now() - ${MAX_IN_PROGRESS} AS is_abandoned,
         r.status, r.headers, r.sealed_body
    FROM live
    LEFT JOIN idempotent_responses r
      ON r.account_id = $1 AND r.route = $2 AND r.key_hash = $3 AND r.claimed_at >= now() - ${RETENTION}
`;

const KEEP = `
  UPDATE idempotent_responses SET status = $5, headers = $6, sealed_body = $7, body_bytes = $8
   WHERE account_id = $1 AND route = $2 AND key_hash = $3 AND claim_id = $4
`;

const RELEASE = `
  DELETE FROM idempotent_responses
   WHERE account_id = $1 AND route = $2 AND key_hash = $3 AND claim_id = $4 AND status IS NULL
`;
