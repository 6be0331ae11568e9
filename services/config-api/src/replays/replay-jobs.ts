import { randomUUID } from 'node:crypto';
import type {
  CreateReplayJob,
  ReplayItemList,
  ReplayItemState,
  ReplayJob,
  ReplayJobList,
} from '@hookline/shared/contracts/rest/replays';
import type { ExecutionFilter } from '@hookline/shared/contracts/rest/webhook-executions';
import { validate as isUuid } from 'uuid';
import type { AuditCaller, recordAudit } from '../audit/record-audit.ts';
import type { HistoryFilter } from '../executions/history-query.ts';
import { cutPage, type Page } from '../http/page.ts';
import { invalidFields, notFound, ProblemError } from '../http/problem-error.ts';
import type { Origins } from './pg-origins.ts';
import type { JobChange, JobLimits, ReplayJobStore } from './pg-replay-jobs.ts';
import { planReplay } from './plan-replay.ts';
import { itemView, type JobAddress, jobView, type StoredJob } from './replay-job.ts';

/** Use cases of replay jobs, always within one account. */
export interface ReplayJobs {
  /**
   * @throws ProblemError 409 if another job of the account is being planned, or the account has too many jobs or too
   * many executions in its jobs; 422 if the filter would search too much history, or the rate exceeds the quota
   */
  create(order: CreateJobOrder): Promise<ReplayJob>;
  list(accountId: string, page: Page): Promise<ReplayJobList>;
  /** @throws ProblemError 404 */
  find(address: JobAddress): Promise<ReplayJob>;
  /** @throws ProblemError 404 */
  items(address: JobAddress, page: Page & { state: ReplayItemState | undefined }): Promise<ReplayItemList>;
  /**
   * Changes the state of a job. Repeating a change has no effect.
   * @throws ProblemError 404; 409 if the state does not permit the step, or too many jobs are running
   */
  change(address: JobAddress, step: JobStep, caller: AuditCaller): Promise<ReplayJob>;
}

interface CreateJobOrder {
  accountId: string;
  input: CreateReplayJob;
  caller: AuditCaller;
  /**
   * Maximum number of executions per second that the account may request; null for the operator, who has no maximum.
   */
  maxRatePerSecond: number | null;
}

export type JobStep = 'start' | 'pause' | 'resume' | 'abort';

interface ReplayJobsDeps {
  store: ReplayJobStore;
  origins: Pick<Origins, 'select' | 'newestAt'>;
  filterOf: (accountId: string, filter: ExecutionFilter) => HistoryFilter | Promise<HistoryFilter>;
  recordAudit: typeof recordAudit;
  /** Makes this instance search for due jobs immediately. */
  wake: () => void;
  now: () => number;
}

const LIMITS_OF_ACCOUNT: JobLimits = {
  maxRunning: 2,
  maxUnfinished: 20,
  maxKept: 1_000,
  maxItems: 5_000_000,
};
const DEFAULT_RATE = 50;
const DEFAULT_MAX_ITEMS = 100_000;

export function createReplayJobs(deps: ReplayJobsDeps): ReplayJobs {
  const { store, recordAudit: record } = deps;
  /** Accounts with a plan in progress, which reads history for up to two seconds. */
  const planning = new Set<string>();
  return {
    create: async (order) => {
      if (planning.has(order.accountId)) throw isPlanning();
      planning.add(order.accountId);
      try {
        return await createJob(deps, order);
      } finally {
        planning.delete(order.accountId);
      }
    },
    list: async (accountId, page) => {
      const { rows, next_cursor } = cutPage(await store.list(accountId, page), page, (job) => ({
        key: job.createdAt,
        id: job.jobId,
      }));
      return { data: rows.map(jobView), next_cursor };
    },
    find: async (address) => jobView(await findJob(store, address)),
    items: async (address, page) => {
      await findJob(store, address);
      const { rows, next_cursor } = cutPage(await store.items(address, page), page, ({ origin }) => ({
        key: origin.acceptedAt,
        id: origin.executionId,
      }));
      return { data: rows.map(itemView), next_cursor };
    },
    change: async (address, step, caller) => {
      const job = await findJob(store, address);
      const change = changeOf(job, step);
      const { accountId, jobId: target } = address;
      const changed = await store.change(address, change, (db, after, before) => {
        const views = { before: { state: before?.state }, after: { state: after.state } };
        return record(db, { caller, accountId, action: 'replay_job.update', target, ...views });
      });
      if (changed === null) throw notFound('Replay job');
      if (changed === 'busy') throw tooManyRunning();
      if (!isDone(changed, step)) throw notPossible(changed, step);
      deps.wake();
      return jobView(changed);
    },
  };
}

async function createJob(
  { store, origins, filterOf, recordAudit: record, now }: ReplayJobsDeps,
  { accountId, input, caller, maxRatePerSecond }: CreateJobOrder,
): Promise<ReplayJob> {
  const { filter, definition = 'current', rate_per_second: rate, max } = input;
  if (rate !== undefined && maxRatePerSecond !== null && rate > maxRatePerSecond)
    throw rateOverQuota(maxRatePerSecond);
  const selection = await filterOf(accountId, filter);
  // The limit is derived from `newestAt`, because executions have times of the broker's clock, from which `now` may
  // differ. The job must not select its own replays, which are accepted later.
  const newestAt = await origins.newestAt(selection);
  const acceptedBefore = newestAt === null ? now() : newestAt + 1;
  const to = Math.min(selection.to ?? Infinity, acceptedBefore);
  const plan = await planReplay({ origins, now: () => performance.now() }, { ...selection, to });
  const job = await store.create(
    {
      ...plan,
      accountId,
      jobId: randomUUID(),
      filter,
      definition,
      ratePerSecond: rate ?? Math.min(DEFAULT_RATE, maxRatePerSecond ?? DEFAULT_RATE),
      maxItems: max ?? DEFAULT_MAX_ITEMS,
      acceptedBefore,
    },
    LIMITS_OF_ACCOUNT,
    (db, { jobId, ratePerSecond, maxItems }) => {
      const after = { filter, definition, rate_per_second: ratePerSecond, max: maxItems };
      return record(db, { caller, accountId, action: 'replay_job.create', target: jobId, after });
    },
  );
  if (!job) throw tooManyUnfinished();
  return jobView(job);
}

async function findJob(store: ReplayJobStore, address: JobAddress): Promise<StoredJob> {
  const job = isUuid(address.jobId) ? await store.find(address) : null;
  if (!job) throw notFound('Replay job');
  return job;
}

/** State to which each step leads, and the states in which the step is possible. */
const STEPS: Record<JobStep, Omit<JobChange, 'limits'>> = {
  start: { from: ['planned'], to: 'running' },
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  abort: { from: ['running', 'paused'], to: 'aborting' },
};

/**
 * Returns the change for a step. A job that was never started can be aborted directly, because it has no unfinished
 * batch.
 */
function changeOf({ state }: StoredJob, step: JobStep): JobChange {
  const change =
    step === 'abort' && state === 'planned'
      ? { from: ['planned'] as const, to: 'aborted' as const }
      : STEPS[step];
  return { ...change, limits: LIMITS_OF_ACCOUNT };
}

/** Returns whether a job is already in the state to which a step leads. */
function isDone({ state }: StoredJob, step: JobStep): boolean {
  if (step === 'abort') return state === 'aborting' || state === 'aborted';
  return state === STEPS[step].to;
}

function notPossible({ state }: StoredJob, step: JobStep): ProblemError {
  const from = step === 'abort' ? ['planned', 'running', 'paused'] : STEPS[step].from;
  return new ProblemError(
    409,
    'replay_job_state',
    `The job is ${state}; only a job that is ${from.join(' or ')} accepts ${step}`,
  );
}

function isPlanning(): ProblemError {
  const detail =
    'Another replay job of this account is being planned; send the request again when that is done';
  return new ProblemError(409, 'too_many_replay_jobs', detail, { headers: { 'retry-after': '2' } });
}

function tooManyRunning(): ProblemError {
  return new ProblemError(
    409,
    'too_many_replay_jobs',
    `${LIMITS_OF_ACCOUNT.maxRunning} replay jobs of this account are running; wait for a job to end, or pause a job`,
  );
}

function tooManyUnfinished(): ProblemError {
  return new ProblemError(
    409,
    'too_many_replay_jobs',
    `This account has reached a limit: ${LIMITS_OF_ACCOUNT.maxUnfinished} unfinished replay jobs, or within 30 days ${LIMITS_OF_ACCOUNT.maxKept} jobs or ${LIMITS_OF_ACCOUNT.maxItems} executions in all jobs; abort a job that is no longer needed, or send a smaller max`,
  );
}

function rateOverQuota(maxRatePerSecond: number): ProblemError {
  const message = `must be at most ${maxRatePerSecond}, the executions per second that this account may request`;
  return invalidFields([{ field: 'rate_per_second', message }]);
}
