import type {
  ReplayDefinition,
  ReplayItemState,
  ReplayJobState,
} from '@hookline/shared/contracts/rest/replays';
import type { ExecutionFilter } from '@hookline/shared/contracts/rest/webhook-executions';
import type pg from 'pg';
import type { PageCursor } from '../http/page.ts';
import type { OriginKey } from './origin.ts';
import type { JobAddress } from './replay-job.ts';

/** A job of which this instance may process the next batch until the lease ends. */
export interface LeasedJob extends JobAddress {
  /** Number of the lease; greater than that of every earlier lease of the job. */
  lease: string;
  state: ReplayJobState;
  filter: ExecutionFilter;
  definition: ReplayDefinition;
  ratePerSecond: number;
  maxItems: number;
  /** Epoch ms. */
  acceptedBefore: number;
  selected: number;
  /** Position of the last execution that was read; null before the first batch. */
  cursor: PageCursor | null;
  /** Whether the job has stored items whose publication is not confirmed. */
  hasPending: boolean;
}

/** An item to be stored. */
export interface NewItem {
  origin: OriginKey;
  /** Null for a skipped item. */
  executionId: string | null;
  state: 'pending' | 'skipped';
  reason: string | null;
}

/** A stored item whose publication is not confirmed. */
export interface PendingItem {
  origin: OriginKey;
  executionId: string;
  /** Epoch ms. */
  requestedAt: number;
}

/** Result of an item. */
export interface ItemResult {
  origin: OriginKey;
  state: Exclude<ReplayItemState, 'pending'>;
  reason: string | null;
}

interface Batch {
  items: readonly NewItem[];
  requestedAt: number;
  cursor: PageCursor;
}

/**
 * Batches of replay jobs in Postgres. Every write except `record` checks the lease, so an instance that lost the lease
 * can only record results, and each result is counted once.
 */
export interface ReplayBatchStore {
  /** Takes the job whose next batch has been due for the longest time; returns null if no job is due. */
  take(leaseMs: number): Promise<LeasedJob | null>;
  /** @returns false if the lease is lost */
  renew(job: LeasedJob, leaseMs: number): Promise<boolean>;
  /** Ends the lease, and returns the time in ms until the job's next batch is due. */
  release(job: LeasedJob): Promise<number>;
  /**
   * Atomically stores a batch with the position after it and the time of the next batch.
   * @returns false if the lease is lost or the job is no longer running
   */
  store(job: LeasedJob, batch: Batch): Promise<boolean>;
  pending(job: LeasedJob, maxItems: number): Promise<PendingItem[]>;
  /** Records and counts results. Each is counted once, even if several instances record it. */
  record(job: JobAddress, results: readonly ItemResult[]): Promise<void>;
  /** Ends the job. */
  end(job: LeasedJob, state: 'completed' | 'aborted'): Promise<void>;
  /** Returns the time in ms until a job can be taken; null if no job is running or aborting. */
  nextDueMs(): Promise<number | null>;
}

export function createReplayBatchStore({ pool }: { pool: pg.Pool }): ReplayBatchStore {
  return {
    take: async (leaseMs) => {
      const { rows } = await pool.query<LeasedRow>(TAKE, [leaseMs]);
      return rows[0] ? leasedOf(rows[0]) : null;
    },
    renew: async ({ accountId, jobId, lease }, leaseMs) => {
      const { rowCount } = await pool.query(RENEW, [accountId, jobId, lease, leaseMs]);
      return rowCount === 1;
    },
    release: async ({ accountId, jobId, lease }) => {
      const { rows } = await pool.query<{ wait_ms: number }>(RELEASE, [accountId, jobId, lease]);
      return rows[0]?.wait_ms ?? 0;
    },
    store: (job, batch) => store(pool, job, batch),
    pending: async ({ accountId, jobId }, maxItems) => {
      const { rows } = await pool.query<PendingRow>(PENDING, [accountId, jobId, maxItems]);
      return rows.map((row) => ({
        origin: { executionId: row.origin_execution_id, acceptedAt: row.origin_accepted_at.getTime() },
        executionId: row.execution_id,
        requestedAt: row.requested_at.getTime(),
      }));
    },
    record: async ({ accountId, jobId }, results) => {
      await pool.query(RECORD, [
        accountId,
        jobId,
        results.map(({ origin }) => new Date(origin.acceptedAt)),
        results.map(({ origin }) => origin.executionId),
        results.map(({ state }) => state),
        results.map(({ reason }) => reason),
      ]);
    },
    end: async ({ accountId, jobId, lease }, state) => {
      await pool.query(END, [accountId, jobId, lease, state]);
    },
    nextDueMs: async () => {
      const { rows } = await pool.query<{ wait_ms: number | null }>(NEXT_DUE);
      return rows[0]?.wait_ms ?? null;
    },
  };
}

async function store(
  pool: pg.Pool,
  { accountId, jobId, lease, ratePerSecond }: LeasedJob,
  { items, requestedAt, cursor }: Batch,
): Promise<boolean> {
  const skipped = items.filter(({ state }) => state === 'skipped').length;
  const paceMs = items.length === 0 ? EMPTY_PACE_MS : (items.length / ratePerSecond) * 1_000 * STRETCH;
  const { rows } = await pool.query<{ stored: boolean }>(STORE, [
    accountId,
    jobId,
    lease,
    items.length,
    skipped,
    new Date(cursor.key),
    cursor.id,
    paceMs,
    new Date(requestedAt),
    items.map(({ origin }) => new Date(origin.acceptedAt)),
    items.map(({ origin }) => origin.executionId),
    items.map(({ executionId }) => executionId),
    items.map(({ state }) => state),
    items.map(({ reason }) => reason),
  ]);
  return rows[0]?.stored ?? false;
}

const DUE = `state IN ('running', 'aborting')`;
const MS_UNTIL_DUE = `greatest(0, extract(epoch FROM next_batch_at - now()) * 1000)::float8`;

/** With SKIP LOCKED, instances that search at the same time take different jobs without waiting for each other. */
const TAKE = `
  UPDATE replay_jobs j
     SET lease = j.lease + 1, lease_until = now() + $1 * interval '1 millisecond'
   WHERE (account_id, job_id) = (
     SELECT account_id, job_id FROM replay_jobs
      WHERE ${DUE} AND next_batch_at <= now() AND (lease_until IS NULL OR lease_until < now())
      ORDER BY next_batch_at LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING j.account_id, j.job_id, j.lease, j.state, j.filter, j.definition, j.rate_per_second, j.max_items,
            j.accepted_before, j.selected, j.cursor_accepted_at, j.cursor_execution_id,
            EXISTS (SELECT FROM replay_job_items i
                     WHERE i.account_id = j.account_id AND i.job_id = j.job_id AND i.state = 'pending')
              AS has_pending
`;

const RENEW = `
  UPDATE replay_jobs SET lease_until = now() + $4 * interval '1 millisecond'
   WHERE account_id = $1 AND job_id = $2 AND lease = $3
`;

const RELEASE = `
  UPDATE replay_jobs SET lease_until = NULL
   WHERE account_id = $1 AND job_id = $2 AND lease = $3
  RETURNING ${MS_UNTIL_DUE} AS wait_ms
`;

/** Pause after a part of history without matches, because searching costs more than replaying. */
const EMPTY_PACE_MS = 200;

/** Maximum lateness of a batch that does not delay the next batch. */
const LATE = "interval '25 milliseconds'";
/**
 * Factor by which the interval between batches is longer than the rate requires. A second may contain one batch too
 * many (a twentieth of the rate), and a late batch. With this factor, even such a second stays within the rate.
 */
const STRETCH = 1.08;

const STORE = `
  WITH job AS (
    UPDATE replay_jobs
       SET selected = selected + $4, skipped = skipped + $5,
           cursor_accepted_at = $6, cursor_execution_id = $7,
           next_batch_at = greatest(next_batch_at, now() - ${LATE}) + $8 * interval '1 millisecond'
     WHERE account_id = $1 AND job_id = $2 AND lease = $3 AND state = 'running'
    RETURNING account_id, job_id
  ), items AS (
    INSERT INTO replay_job_items (account_id, job_id, requested_at, origin_accepted_at, origin_execution_id,
                                  execution_id, state, reason)
    SELECT account_id, job_id, $9, n.* FROM job,
           unnest($10::timestamptz[], $11::text[], $12::uuid[], $13::text[], $14::text[]) AS n
  )
  SELECT EXISTS (SELECT FROM job) AS stored
`;

const PENDING = `
  SELECT origin_execution_id, origin_accepted_at, execution_id, requested_at FROM replay_job_items
   WHERE account_id = $1 AND job_id = $2 AND state = 'pending'
   ORDER BY origin_accepted_at, origin_execution_id LIMIT $3
`;

const RECORD = `
  WITH recorded AS (
    UPDATE replay_job_items i
       SET state = n.state, reason = n.reason,
           execution_id = CASE WHEN n.state = 'skipped' THEN NULL ELSE i.execution_id END
      FROM unnest($3::timestamptz[], $4::text[], $5::text[], $6::text[])
             AS n (accepted_at, execution_id, state, reason)
     WHERE i.account_id = $1 AND i.job_id = $2 AND i.state = 'pending'
       AND i.origin_accepted_at = n.accepted_at AND i.origin_execution_id = n.execution_id
    RETURNING i.state
  )
  UPDATE replay_jobs
     SET replayed = replayed + (SELECT count(*) FROM recorded WHERE state = 'replayed'),
         skipped = skipped + (SELECT count(*) FROM recorded WHERE state = 'skipped'),
         failed = failed + (SELECT count(*) FROM recorded WHERE state = 'failed')
   WHERE account_id = $1 AND job_id = $2
`;

const END = `
  UPDATE replay_jobs SET state = $4, ended_at = now()
   WHERE account_id = $1 AND job_id = $2 AND lease = $3
     AND state = CASE WHEN $4 = 'aborted' THEN 'aborting' ELSE 'running' END
`;

const NEXT_DUE = `
  SELECT min(greatest(0, extract(epoch FROM greatest(next_batch_at, lease_until) - now()) * 1000)::float8) AS wait_ms
    FROM replay_jobs WHERE ${DUE}
`;

interface LeasedRow {
  account_id: string;
  job_id: string;
  lease: string;
  state: ReplayJobState;
  filter: ExecutionFilter;
  definition: ReplayDefinition;
  rate_per_second: number;
  max_items: number;
  accepted_before: Date;
  selected: number;
  cursor_accepted_at: Date | null;
  cursor_execution_id: string | null;
  has_pending: boolean;
}

function leasedOf(row: LeasedRow): LeasedJob {
  const { cursor_accepted_at: cursorAt, cursor_execution_id: cursorId } = row;
  return {
    accountId: row.account_id,
    jobId: row.job_id,
    lease: row.lease,
    state: row.state,
    filter: row.filter,
    definition: row.definition,
    ratePerSecond: row.rate_per_second,
    maxItems: row.max_items,
    acceptedBefore: row.accepted_before.getTime(),
    selected: row.selected,
    cursor: cursorAt && cursorId !== null ? { key: cursorAt.getTime(), id: cursorId } : null,
    hasPending: row.has_pending,
  };
}

interface PendingRow {
  origin_execution_id: string;
  origin_accepted_at: Date;
  execution_id: string;
  requested_at: Date;
}
