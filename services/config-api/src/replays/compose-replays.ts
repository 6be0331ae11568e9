import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import type { Logger } from '@hookline/shared/runtime/logger';
import { type AuditDb, recordAudit } from '../audit/record-audit.ts';
import type { History } from '../executions/pg-history.ts';
import { PUBLISH_TIMEOUT_MS } from '../http/publish-within.ts';
import type { Origins } from './pg-origins.ts';
import type { ReplayBatchStore } from './pg-replay-batches.ts';
import type { ReplayJobStore } from './pg-replay-jobs.ts';
import { createPrepareReplays, type PrepareReplaysDeps } from './prepare-replays.ts';
import { createReplayOne, type ReplayOne } from './replay-execution.ts';
import { createReplayJobs, type ReplayJobs } from './replay-jobs.ts';
import { REPLAY_RUNNER_TIMES, ReplayRunner } from './replay-runner.ts';

/** Stores of replays in Postgres. */
interface ReplayStores {
  origins: Origins;
  jobs: ReplayJobStore;
  batches: ReplayBatchStore;
  /** Connection for audit log entries that are not part of a transaction. */
  auditDb: AuditDb;
}

export interface ReplaySideDeps {
  stores: ReplayStores;
  lookups: PrepareReplaysDeps['actions'] & PrepareReplaysDeps['versions'];
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
  history: Pick<History, 'readFilter'>;
  logger: Logger;
}

interface ReplaySide {
  replayOne: ReplayOne;
  replayJobs: ReplayJobs;
  auditDb: AuditDb;
  runner: ReplayRunner;
  deleteExpired(): Promise<void>;
}

/** Builds the use cases of single replays and of replay jobs, and the runner of these jobs (ADR 39). */
export function createReplaySide(deps: ReplaySideDeps): ReplaySide {
  const { stores, lookups, publisher, history, logger } = deps;
  const { origins, jobs, batches, auditDb } = stores;
  const prepareReplays = createPrepareReplays({ actions: lookups, versions: lookups });
  const filterOf = history.readFilter;
  const now = Date.now;
  const runner = new ReplayRunner(
    { batches, origins, prepareReplays, publisher, filterOf, logger, now },
    REPLAY_RUNNER_TIMES,
  );
  const jobDeps = { store: jobs, origins, filterOf, recordAudit, wake: () => runner.wake(), now };
  return {
    replayOne: createReplayOne({ origins, prepareReplays, publisher }, { publishMs: PUBLISH_TIMEOUT_MS }),
    replayJobs: createReplayJobs(jobDeps),
    auditDb,
    runner,
    deleteExpired: () => jobs.deleteExpired(),
  };
}
