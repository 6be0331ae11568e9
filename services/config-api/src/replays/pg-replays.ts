import type pg from 'pg';
import type { AuditDb } from '../audit/record-audit.ts';
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

export function createReplayStores({ pool }: { pool: pg.Pool }): ReplayStores {
  return {
    origins: createOrigins({ pool }),
    jobs: createReplayJobStore({ pool }),
    batches: createReplayBatchStore({ pool }),
    auditDb: pool,
  };
}
