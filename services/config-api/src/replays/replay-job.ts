import type {
  ReplayDefinition,
  ReplayItemList,
  ReplayItemState,
  ReplayJob,
  ReplayJobState,
} from '@hookline/shared/contracts/rest/replays';
import type { ExecutionFilter } from '@hookline/shared/contracts/rest/webhook-executions';
import { v5 as uuidV5 } from 'uuid';
import { isoTime } from '../http/iso-time.ts';
import type { OriginKey, SelectedOrigin } from './origin.ts';

/** Must never change: a job and an origin must yield the same execution in every instance and release. */
const REPLAY_NAMESPACE = 'c2b6f0de-6c1b-4d5c-9f53-0d7a3f1f8a52';

/** Derives the executionId of an item: UUIDv5 (RFC 9562, section 5.5) of job and origin. */
export function replayExecutionId(jobId: string, { executionId, acceptedAt }: OriginKey): string {
  return uuidV5(JSON.stringify([jobId, executionId, acceptedAt]), REPLAY_NAMESPACE);
}

/** Address of a job; always within its account. */
export interface JobAddress {
  accountId: string;
  jobId: string;
}

/** Plan of a job. Times are epoch ms. */
export interface JobPlan extends JobAddress {
  filter: ExecutionFilter;
  definition: ReplayDefinition;
  ratePerSecond: number;
  maxItems: number;
  acceptedBefore: number;
  plannedCount: number;
  plannedExactly: boolean;
  sample: readonly SelectedOrigin[];
}

export interface StoredJob extends JobPlan {
  state: ReplayJobState;
  selected: number;
  replayed: number;
  skipped: number;
  failed: number;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
}

export interface StoredItem {
  origin: OriginKey;
  executionId: string | null;
  state: ReplayItemState;
  reason: string | null;
}

export function jobView(job: StoredJob): ReplayJob {
  return {
    id: job.jobId,
    state: job.state,
    filter: job.filter,
    definition: job.definition,
    rate_per_second: job.ratePerSecond,
    max: job.maxItems,
    accepted_before: isoTime(job.acceptedBefore),
    planned: {
      count: job.plannedCount,
      exact: job.plannedExactly,
      sample: job.sample.map((origin) => ({
        execution_id: origin.executionId,
        action_id: origin.actionId,
        workflow_id: origin.workflowId,
        status: origin.status,
        error_type: origin.errorType,
        accepted_at: isoTime(origin.acceptedAt),
      })),
    },
    progress: { total: job.selected, replayed: job.replayed, skipped: job.skipped, failed: job.failed },
    created_at: isoTime(job.createdAt),
    started_at: job.startedAt === null ? null : isoTime(job.startedAt),
    ended_at: job.endedAt === null ? null : isoTime(job.endedAt),
  };
}

export function itemView({ origin, executionId, state, reason }: StoredItem): ReplayItemList['data'][number] {
  return {
    replay_of: origin.executionId,
    accepted_at: isoTime(origin.acceptedAt),
    execution_id: executionId,
    state,
    reason,
  };
}
