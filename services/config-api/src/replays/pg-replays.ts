import type pg from 'pg';
import type { AuditDb } from '../audit/record-audit.ts';
import type { History } from '../executions/pg-history.ts';
import { createOrigins, type Origins } from './pg-origins.ts';
import { createReplayBatchStore, type ReplayBatchStore } from './pg-replay-batches.ts';
import { createReplayJobStore, type ReplayJobStore } from './pg-replay-jobs.ts';

/** What replays read and write in Postgres. */
export interface ReplayStores {
  origins: Origins;
  jobs: ReplayJobStore;
  batches: ReplayBatchStore;
  /** Where entries of the audit log are written that belong to no transaction. */
  auditDb: AuditDb;
}

export function createReplayStores(deps: { pool: pg.Pool; history: Pick<History, 'scan'> }): ReplayStores {
  const { pool } = deps;
  return {
    origins: createOrigins(deps),
    jobs: createReplayJobStore({ pool }),
    batches: createReplayBatchStore({ pool }),
    auditDb: pool,
  };
}
