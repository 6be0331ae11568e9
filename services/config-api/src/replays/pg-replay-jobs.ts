import { deleteInBatches } from '@hookline/database/delete-in-batches';
import { inTransaction } from '@hookline/database/pool';
import type { ReplayItemState, ReplayJobState } from '@hookline/shared/contracts/rest/replays';
import type pg from 'pg';
import type { AuditDb } from '../audit/record-audit.ts';
import type { Page } from '../http/page.ts';
import type { AccountTurns } from '../quotas/account-turns.ts';
import type { JobAddress, JobPlan, StoredItem, StoredJob } from './replay-job.ts';

/** Limits on the jobs of an account. */
export interface JobLimits {
  maxRunning: number;
  maxUnfinished: number;
  /** Maximum number of stored jobs, in any state. */
  maxKept: number;
  /**
   * Maximum number of executions of all stored jobs. Counts the executions that a job has selected, or may select if it
   * is unfinished.
   */
  maxItems: number;
}

/** Writes the entry of the audit log in the transaction of the change. */
type Audit = (db: AuditDb, job: StoredJob, before?: StoredJob) => Promise<void>;

/** Jobs and their items in Postgres; always within one account. */
export interface ReplayJobStore {
  /**
   * Stores a planned job. If the account already has the maximum number of stored jobs, the new job replaces the oldest
   * job that was aborted before its start.
   * @returns null if the account has too many unfinished or stored jobs, or too many executions in its jobs
   */
  create(plan: JobPlan, limits: JobLimits, audit: Audit): Promise<StoredJob | null>;
  find(address: JobAddress): Promise<StoredJob | null>;
  /** Lists jobs, newest first; one row more than the page holds if there is a next page. */
  list(accountId: string, page: Page): Promise<StoredJob[]>;
  /** Lists items in the order of their origins; one row more than the page holds if there is a next page. */
  items(address: JobAddress, page: Page & { state: ReplayItemState | undefined }): Promise<StoredItem[]>;
  /**
   * Changes the state of a job if the state is one of `from`.
   * @returns the job, changed or not; null if it does not exist; `busy` if the account has too many running jobs
   */
  change(address: JobAddress, change: JobChange, audit: Audit): Promise<StoredJob | null | 'busy'>;
  /** Deletes the items of jobs that are older than 30 days, in batches, and then the jobs. */
  deleteExpired(): Promise<void>;
}

export interface JobChange {
  from: readonly ReplayJobState[];
  to: ReplayJobState;
  limits: JobLimits;
}

const RETENTION = "interval '30 days'";

interface ReplayJobStoreDeps {
  pool: pg.Pool;
  turns: Pick<AccountTurns, 'run'>;
}

export function createReplayJobStore(deps: ReplayJobStoreDeps): ReplayJobStore {
  const { pool } = deps;
  return {
    create: (plan, limits, audit) => create(deps, plan, { limits, audit }),
    find: (address) => find(pool, address),
    list: async (accountId, { after, limit }) => {
      const from = after ? [new Date(after.key), after.id] : [null, null];
      const { rows } = await pool.query<JobRow>(LIST, [accountId, ...from, limit + 1]);
      return rows.map(jobOf);
    },
    items: async ({ accountId, jobId }, { state, after, limit }) => {
      const from = after ? [new Date(after.key), after.id] : [null, null];
      const values = [accountId, jobId, ...from, limit + 1];
      const { rows } = await (state === undefined
        ? pool.query<ItemRow>(items(''), values)
        : pool.query<ItemRow>(items('AND state = $6'), [...values, state]));
      return rows.map(itemOf);
    },
    change: (address, { from, to, limits }, audit) =>
      inTurn(deps, address.accountId, async (client) => {
        const before = await find(client, address);
        if (!before || !from.includes(before.state)) return before;
        if (to === 'running' && (await counts(client, address.accountId)).running >= limits.maxRunning)
          return 'busy';
        const { rows } = await client.query<JobRow>(CHANGE, [address.accountId, address.jobId, to, from]);
        const job = rows[0] ? jobOf(rows[0]) : await find(client, address);
        if (rows[0] && job) await audit(client, job, before);
        return job;
      }),
    deleteExpired: async () => {
      await deleteInBatches(pool, { table: 'replay_job_items', where: ITEMS_OF_EXPIRED_JOBS });
      await pool.query(DELETE_JOBS);
    },
  };
}

async function find(
  db: pg.Pool | pg.PoolClient,
  { accountId, jobId }: JobAddress,
): Promise<StoredJob | null> {
  const { rows } = await db.query<JobRow>(FIND, [accountId, jobId]);
  return rows[0] ? jobOf(rows[0]) : null;
}

function create(
  deps: ReplayJobStoreDeps,
  plan: JobPlan,
  { limits, audit }: { limits: JobLimits; audit: Audit },
): Promise<StoredJob | null> {
  return inTurn(deps, plan.accountId, async (client) => {
    const { unfinished, kept, items } = await counts(client, plan.accountId);
    if (unfinished >= limits.maxUnfinished || items + plan.maxItems > limits.maxItems) return null;
    if (kept >= limits.maxKept && (await client.query(REMOVE_UNUSED, [plan.accountId])).rowCount === 0)
      return null;
    const { rows } = await client.query<JobRow>(INSERT, [
      plan.accountId,
      plan.jobId,
      JSON.stringify(plan.filter),
      plan.definition,
      plan.ratePerSecond,
      plan.maxItems,
      new Date(plan.acceptedBefore),
      plan.plannedCount,
      plan.plannedExactly,
      JSON.stringify(plan.sample),
    ]);
    const [row] = rows;
    if (!row) throw new Error('storing a replay job returned no row');
    const job = jobOf(row);
    await audit(client, job);
    return job;
  });
}

/**
 * Runs `work` in a transaction, one at a time for each account, so that counts remain correct until the transaction
 * ends. Within this instance, the work of an account takes turns, so that at most one connection per account waits for
 * the lock.
 */
function inTurn<T>(
  { pool, turns }: ReplayJobStoreDeps,
  accountId: string,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return turns.run(accountId, () =>
    inTransaction(pool, async (client) => {
      await client.query(LOCK_JOBS, [accountId]);
      return work(client);
    }),
  );
}

const LOCK_JOBS = "SELECT pg_advisory_xact_lock(hashtextextended('replay_jobs ' || $1, 0))";

async function counts(client: pg.PoolClient, accountId: string): Promise<JobCounts> {
  const { rows } = await client.query<JobCounts>(COUNT, [accountId]);
  return rows[0] ?? { running: 0, unfinished: 0, kept: 0, items: 0 };
}

interface JobCounts {
  running: number;
  unfinished: number;
  kept: number;
  items: number;
}

const JOB_COLUMNS = `account_id, job_id, state, filter, definition, rate_per_second, max_items, accepted_before,
  planned_count, planned_exactly, sample, selected, replayed, skipped, failed, created_at, started_at, ended_at`;

const FIND = `SELECT ${JOB_COLUMNS} FROM replay_jobs WHERE account_id = $1 AND job_id = $2`;

const COUNT = `
  SELECT count(*) FILTER (WHERE state IN ('running', 'aborting'))::int AS running,
         count(*) FILTER (WHERE state NOT IN ('completed', 'aborted'))::int AS unfinished,
         count(*)::int AS kept,
         coalesce(sum(CASE WHEN state IN ('completed', 'aborted') THEN selected ELSE max_items END), 0)::float8 AS items
    FROM replay_jobs WHERE account_id = $1
`;

/** Removes the oldest job that was aborted before its start; such a job has no items to delete first. */
const REMOVE_UNUSED = `
  DELETE FROM replay_jobs WHERE (account_id, job_id) = (
    SELECT account_id, job_id FROM replay_jobs
     WHERE account_id = $1 AND state = 'aborted' AND started_at IS NULL ORDER BY created_at LIMIT 1)
`;

const INSERT = `
  INSERT INTO replay_jobs (account_id, job_id, state, filter, definition, rate_per_second, max_items,
                           accepted_before, planned_count, planned_exactly, sample)
  VALUES ($1, $2, 'planned', $3, $4, $5, $6, $7, $8, $9, $10)
  RETURNING ${JOB_COLUMNS}
`;

/** Compares times in milliseconds, because they have more digits in Postgres than in a cursor. */
const LIST = `
  SELECT ${JOB_COLUMNS} FROM replay_jobs
   WHERE account_id = $1
     AND ($2::timestamptz IS NULL
          OR (date_trunc('milliseconds', created_at), job_id) < ($2::timestamptz, $3::uuid))
   ORDER BY date_trunc('milliseconds', created_at) DESC, job_id DESC LIMIT $4
`;

const items = (condition: string): string => `
  SELECT origin_execution_id, origin_accepted_at, execution_id, state, reason FROM replay_job_items
   WHERE account_id = $1 AND job_id = $2 ${condition}
     AND ($3::timestamptz IS NULL OR (origin_accepted_at, origin_execution_id) > ($3::timestamptz, $4::text))
   ORDER BY origin_accepted_at, origin_execution_id LIMIT $5
`;

const CHANGE = `
  UPDATE replay_jobs
     SET state = $3, next_batch_at = greatest(next_batch_at, now()),
         started_at = CASE WHEN $3 = 'running' THEN coalesce(started_at, now()) ELSE started_at END,
         ended_at = CASE WHEN $3 = 'aborted' THEN now() END
   WHERE account_id = $1 AND job_id = $2 AND state = ANY($4::text[])
  RETURNING ${JOB_COLUMNS}
`;

/**
 * Includes unfinished jobs: with the default of HOOKLINE_HISTORY_DAYS, the executions that they may select are no
 * longer stored either.
 */
const ITEMS_OF_EXPIRED_JOBS = `(account_id, job_id) IN (
  SELECT account_id, job_id FROM replay_jobs WHERE created_at < now() - ${RETENTION})`;

const DELETE_JOBS = `DELETE FROM replay_jobs WHERE created_at < now() - ${RETENTION}`;

interface JobRow {
  account_id: string;
  job_id: string;
  state: ReplayJobState;
  filter: StoredJob['filter'];
  definition: StoredJob['definition'];
  rate_per_second: number;
  max_items: number;
  accepted_before: Date;
  planned_count: number;
  planned_exactly: boolean;
  sample: StoredJob['sample'];
  selected: number;
  replayed: number;
  skipped: number;
  failed: number;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
}

function jobOf(row: JobRow): StoredJob {
  return {
    accountId: row.account_id,
    jobId: row.job_id,
    state: row.state,
    filter: row.filter,
    definition: row.definition,
    ratePerSecond: row.rate_per_second,
    maxItems: row.max_items,
    acceptedBefore: row.accepted_before.getTime(),
    plannedCount: row.planned_count,
    plannedExactly: row.planned_exactly,
    sample: row.sample,
    selected: row.selected,
    replayed: row.replayed,
    skipped: row.skipped,
    failed: row.failed,
    createdAt: row.created_at.getTime(),
    startedAt: row.started_at && row.started_at.getTime(),
    endedAt: row.ended_at && row.ended_at.getTime(),
  };
}

interface ItemRow {
  origin_execution_id: string;
  origin_accepted_at: Date;
  execution_id: string | null;
  state: ReplayItemState;
  reason: string | null;
}

function itemOf(row: ItemRow): StoredItem {
  return {
    origin: { executionId: row.origin_execution_id, acceptedAt: row.origin_accepted_at.getTime() },
    executionId: row.execution_id,
    state: row.state,
    reason: row.reason,
  };
}
