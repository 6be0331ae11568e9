import type pg from 'pg';
import type { History } from '../executions/pg-history.ts';
import type { AccountTurns } from '../quotas/account-turns.ts';
import { createReplaySide, type ReplaySideDeps } from './compose-replays.ts';
import { createOrigins } from './pg-origins.ts';
import { createReplayBatchStore } from './pg-replay-batches.ts';
import { createReplayJobStore } from './pg-replay-jobs.ts';

interface ReplaysDeps extends Omit<ReplaySideDeps, 'stores'> {
  pool: pg.Pool;
  turns: Pick<AccountTurns, 'run'>;
  history: Pick<History, 'readFilter' | 'scan'>;
}

/** Builds replays with their stores in Postgres. */
export function createReplays({ pool, turns, ...deps }: ReplaysDeps): ReturnType<typeof createReplaySide> {
  const stores = {
    origins: createOrigins({ pool, history: deps.history }),
    jobs: createReplayJobStore({ pool, turns }),
    batches: createReplayBatchStore({ pool }),
    auditDb: pool,
  };
  return createReplaySide({ ...deps, stores });
}
