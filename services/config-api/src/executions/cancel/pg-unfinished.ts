import { randomUUID } from 'node:crypto';
import { NOTICE_LIMITS, SEND_NOTICES, writeNotices } from '@hookline/database/execution-changes';
import type { Logger } from '@hookline/shared/runtime/logger';
import type pg from 'pg';
import { type AuditEntry, recordAudit } from '../../audit/record-audit.ts';

/** Columns of a run that a cancellation uses; `pg` returns times as Date. */
export interface RunToCancel {
  execution_id: string;
  accepted_at: Date;
  workflow_id: string;
  action_id: string;
  workflow_execution_id: string | null;
  step_id: string | null;
  status: string;
  attempts: number;
  error_type: string | null;
  metadata: Record<string, string> | null;
  replay_of: string | null;
  requested_at: Date;
  completed_at: Date | null;
  not_before: Date | null;
  expires_at: Date | null;
  /** Greater than 0 once an attempt or a wait is known; 0 for a request that may be a repeat. */
  known: number;
  /** Time at which the next attempt is due; null if it is not known. */
  due_at: Date | null;
}

/** A run that has been marked as `cancelling`, and whether its account is watched (ADR 47). */
interface MarkedRun {
  execution_id: string;
  accepted_at: Date;
  is_watched: boolean;
}

/** Rows of the history that a cancellation reads and marks. */
export interface Unfinished {
  /** Returns the newest runs of each execution, newest first. */
  runs(accountId: string, executionIds: readonly string[]): Promise<RunToCancel[]>;
  /**
   * Marks runs as `cancelling` until their outcome arrives. This is only a hint: it skips rows that are being written,
   * and a failure is only logged.
   */
  markCancelling(accountId: string, runs: readonly RunToCancel[]): Promise<void>;
  recordAudit(entry: AuditEntry): Promise<void>;
}

export function createUnfinished({ pool, logger }: { pool: pg.Pool; logger: Logger }): Unfinished {
  const mark = async (accountId: string, runs: readonly RunToCancel[]): Promise<void> => {
    const ids = runs.map(({ execution_id }) => execution_id);
    const times = runs.map(({ accepted_at }) => accepted_at);
    const { rows } = await pool.query<MarkedRun>(MARK, [accountId, ids, times]);
    const changed = rows
      .filter(({ is_watched }) => is_watched)
      .map(({ execution_id: executionId, accepted_at }) => {
        return { accountId, executionId, acceptedAt: accepted_at.getTime() };
      });
    const notices = writeNotices(changed, { newId: randomUUID }, NOTICE_LIMITS);
    if (notices.length > 0) await pool.query(SEND_NOTICES, [notices]);
  };
  return {
    runs: async (accountId, executionIds) => {
      // Postgres rejects U+0000 in text. No id contains it, so such ids cannot match.
      const ids = executionIds.filter((id) => !id.includes('\0'));
      const { rows } = await pool.query<RunToCancel>(RUNS, [accountId, ids]);
      return rows;
    },
    markCancelling: (accountId, runs) =>
      mark(accountId, runs).catch((error: unknown) =>
        logger.warn(
          { err: error, accountId, runs: runs.length },
          'executions were cancelled but not marked as cancelling; the list shows their outcomes when they arrive',
        ),
      ),
    recordAudit: (entry) => recordAudit(pool, entry),
  };
}

/** An id occurs several times if it was reused or its request was repeated. At most five rows per id are read. */
const RUNS = `
  SELECT run.* FROM unnest($2::text[]) AS wanted (id)
   CROSS JOIN LATERAL (
     SELECT e.execution_id, e.accepted_at, e.workflow_id, e.action_id, e.workflow_execution_id, e.step_id, e.status,
            e.attempts, e.error_type, e.metadata, e.replay_of, e.requested_at, e.completed_at, e.not_before, e.expires_at,
            e.attempts + e.wait_attempt AS known,
            greatest(e.next_attempt_at, (
              SELECT a.next_attempt_at FROM webhook_attempts a
               WHERE a.account_id = e.account_id AND a.execution_id = e.execution_id AND a.accepted_at = e.accepted_at
               ORDER BY a.attempt DESC LIMIT 1
            )) AS due_at
       FROM webhook_executions e
      WHERE e.account_id = $1 AND e.execution_id = wanted.id
      ORDER BY e.accepted_at DESC LIMIT 5
   ) run
`;

const MARK = `
  UPDATE webhook_executions e SET status = 'cancelling'
    FROM (
      SELECT account_id, execution_id, accepted_at FROM webhook_executions
       WHERE account_id = $1
         AND (execution_id, accepted_at) IN (SELECT * FROM unnest($2::text[], $3::timestamptz[]))
         AND completed_at IS NULL AND status IN ('pending', 'retrying')
         FOR UPDATE SKIP LOCKED
    ) free
   WHERE e.account_id = free.account_id AND e.execution_id = free.execution_id AND e.accepted_at = free.accepted_at
  RETURNING e.execution_id, e.accepted_at,
            EXISTS (SELECT FROM execution_watches w WHERE w.account_id = $1 AND w.until > now()) AS is_watched
`;
