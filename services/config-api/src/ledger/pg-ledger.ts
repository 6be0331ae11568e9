import type { LedgerView } from '@hookline/shared/contracts/rest/ledger';
import type pg from 'pg';

/** Returns the ledger of an account, or of all accounts if `accountId` is null. */
export type ReadLedger = (accountId: string | null) => Promise<LedgerView>;

interface StoredLedger {
  requested: string;
  completed: string;
  dead_lettered: string;
  in_hand: string;
  unaccounted: string;
  waiting: Record<string, number> | null;
  unaccounted_executions: LedgerView['unaccounted_executions'] | null;
  counted_since: Date | null;
  as_of: Date | null;
}

const MAX_EXAMPLES = 20;

/** Builds the function that reads the counts, which log-ingestor stores once a second. */
export function createReadLedger({ pool }: { pool: pg.Pool }): ReadLedger {
  return async (accountId) => {
    const { rows } = await pool.query<StoredLedger>(LEDGER, [accountId, MAX_EXAMPLES]);
    const [stored] = rows;
    if (!stored) throw new Error('the ledger query returned no row');
    return viewOf(accountId, stored);
  };
}

function viewOf(accountId: string | null, stored: StoredLedger): LedgerView {
  const byReason = stored.waiting ?? {};
  return {
    account_id: accountId,
    requested: Number(stored.requested),
    completed: Number(stored.completed),
    waiting: { total: Object.values(byReason).reduce((sum, one) => sum + one, 0), by_reason: byReason },
    in_hand: Number(stored.in_hand),
    dead_lettered: Number(stored.dead_lettered),
    unaccounted: Number(stored.unaccounted),
    unaccounted_executions: stored.unaccounted_executions ?? [],
    counted_since: stored.counted_since && stored.counted_since.toISOString(),
    as_of: stored.as_of && stored.as_of.toISOString(),
  };
}

/** `as_of` is the time at which the counts of the least recently stored partition were stored. */
const LEDGER = `
  WITH counted AS (
    SELECT * FROM webhook_ledger_accounts WHERE $1::text IS NULL OR account_id = $1
  ), waits AS (
    SELECT key, sum(value::bigint) AS count FROM counted, jsonb_each_text(waiting) GROUP BY key
  ), examples AS (
    SELECT jsonb_build_object('account_id', account_id) || example AS example
    FROM counted, jsonb_array_elements(unaccounted_executions) AS example
    WHERE unaccounted > 0 LIMIT $2
  )
  SELECT coalesce(sum(requested), 0) AS requested, coalesce(sum(completed), 0) AS completed,
    coalesce(sum(dead_lettered), 0) AS dead_lettered, coalesce(sum(in_hand), 0) AS in_hand,
    coalesce(sum(unaccounted), 0) AS unaccounted,
    (SELECT jsonb_object_agg(key, count) FROM waits WHERE count > 0) AS waiting,
    (SELECT jsonb_agg(example) FROM examples) AS unaccounted_executions,
    (SELECT min(counted_since) FROM webhook_ledger_partitions) AS counted_since,
    (SELECT min(written_at) FROM webhook_ledger_partitions) AS as_of
  FROM counted
`;
