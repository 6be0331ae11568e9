import type pg from 'pg';
import { deleteInBatches } from '@hookline/database/delete-in-batches';
import type { KeyClaim, RequestExecutionDeps } from './request-execution.ts';
import type { RequestExecutionsDeps } from './request-executions.ts';

/** Time for which a key identifies its execution. */
const RETENTION = "interval '24 hours'";

/**
 * Settings of the gathered writes that mark keys as published. Until a mark is written, a repeat at another instance
 * publishes the request again, and the dispatcher skips the copy.
 */
export const PUBLISHED_KEYS = { name: 'marks of published requests', everyMs: 200, maxItems: 100_000 };

interface AccountKey {
  accountId: string;
  key: string;
}

export interface IdempotencyKeys {
  claim: RequestExecutionDeps['idempotencyKeys']['claim'];
  claimAll: RequestExecutionsDeps['idempotencyKeys']['claimAll'];
  /** Marks keys whose requests Kafka has acknowledged. */
  markPublished(keys: readonly AccountKey[]): Promise<void>;
  /** Removes the keys that have expired. */
  deleteExpired(): Promise<void>;
}

export function createIdempotencyKeys({ pool }: { pool: pg.Pool }): IdempotencyKeys {
  return {
    claim: async ({ accountId, key }, { hash, formerHash, executionId }) => {
      const { rows } = await pool.query<ClaimRow>(CLAIM, [accountId, key, hash, executionId, formerHash]);
      const [row] = rows;
      if (!row) throw new Error('claiming an idempotency key returned no row');
      return claimOf(row);
    },
    claimAll: async (accountId, requests) => {
      const { rows } = await pool.query<ClaimRow & { key: string }>(CLAIM_ALL, [
        accountId,
        requests.map(({ key }) => key),
        requests.map(({ hash }) => hash),
        requests.map(({ executionId }) => executionId),
        requests.map(({ formerHash }) => formerHash),
      ]);
      return new Map(rows.map((row) => [row.key, claimOf(row)]));
    },
    markPublished: async (keys) => {
      await pool.query(MARK_PUBLISHED, [keys.map(({ accountId }) => accountId), keys.map(({ key }) => key)]);
    },
    deleteExpired: async () => {
      await deleteInBatches(pool, {
        table: 'idempotency_keys',
        where: `created_at < now() - ${RETENTION}`,
      });
    },
  };
}

/** Gathers the marks of published requests. Claims take into account the marks that are not written yet. */
export function withMarksGathered(
  { claim, claimAll }: Pick<IdempotencyKeys, 'claim' | 'claimAll'>,
  published: { note(name: string, key: AccountKey): void; noted(name: string): AccountKey | undefined },
): RequestExecutionDeps['idempotencyKeys'] & RequestExecutionsDeps['idempotencyKeys'] {
  const nameOf = ({ accountId, key }: AccountKey): string => JSON.stringify([accountId, key]);
  const withMark = (claimed: KeyClaim, key: AccountKey): KeyClaim => {
    const isNoted = published.noted(nameOf(key)) !== undefined;
    return claimed.kind === 'repeat' && isNoted ? { ...claimed, published: true } : claimed;
  };
  return {
    claim: async (key, request) => withMark(await claim(key, request), key),
    claimAll: async (accountId, requests) => {
      const claims = await claimAll(accountId, requests);
      return new Map([...claims].map(([key, claimed]) => [key, withMark(claimed, { accountId, key })]));
    },
    notePublished: (key) => published.note(nameOf(key), key),
  };
}

/**
 * Claims a key that is new or has expired. Otherwise the update changes nothing and only makes the statement return the
 * existing row. `created_at = now()` shows that this statement claimed the key.
 */
const UNLESS_KNOWN = `
  ON CONFLICT (account_id, key) DO UPDATE SET (request_hash, execution_id, created_at, published_at) = (
    SELECT CASE WHEN expired THEN excluded.request_hash ELSE k.request_hash END,
           CASE WHEN expired THEN excluded.execution_id ELSE k.execution_id END,
           CASE WHEN expired THEN now() ELSE k.created_at END,
           CASE WHEN expired THEN NULL ELSE k.published_at END
      FROM (SELECT k.created_at < now() - ${RETENTION} AS expired) AS age
  )
`;

const CLAIM = `
  INSERT INTO idempotency_keys AS k (account_id, key, request_hash, execution_id)
  VALUES ($1, $2, $3, $4)
  ${UNLESS_KNOWN}
  RETURNING created_at = now() AS first, request_hash IN ($3, $5) AS same, published_at IS NOT NULL AS published
`;

const MARK_PUBLISHED = `
  UPDATE idempotency_keys AS k SET published_at = now()
    FROM unnest($1::text[], $2::text[]) AS done (account_id, key)
   WHERE k.account_id = done.account_id AND k.key = done.key AND k.published_at IS NULL
`;

/** Claims several keys in the same order in every instance, so that two instances cannot deadlock. */
const CLAIM_ALL = `
  WITH news AS (
    SELECT * FROM unnest($2::text[], $3::bytea[], $4::uuid[], $5::bytea[])
      AS n (key, hash, execution_id, former_hash)
  ), claimed AS (
    INSERT INTO idempotency_keys AS k (account_id, key, request_hash, execution_id)
    SELECT $1, key, hash, execution_id FROM news ORDER BY key
    ${UNLESS_KNOWN}
    RETURNING k.key, created_at = now() AS first, request_hash, published_at IS NOT NULL AS published
  )
  SELECT key, first, request_hash IN (hash, former_hash) AS same, published FROM claimed JOIN news USING (key)
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
