import type { RetryPolicyOverride } from '@hookline/shared/contracts/events';
import type pg from 'pg';
import type { HistoryFilter } from '../executions/history-query.ts';
import type { HistoryRow } from '../executions/history-rows.ts';
import type { History } from '../executions/pg-history.ts';
import type { PageCursor } from '../http/page.ts';
import type { Origin, OriginKey, SelectedOrigin } from './origin.ts';

/** Some of the executions that a filter selects, oldest first. */
interface SelectedOrigins {
  rows: SelectedOrigin[];
  /** Position at which selecting continues; null if nothing is left. */
  next: PageCursor | null;
}

/** Reads executions from history for replays; always within one account. */
export interface Origins {
  /** Returns the newest run of an execution; null if the account has no execution with this id. */
  find(accountId: string, executionId: string): Promise<Origin | null>;
  /**
   * Selects executions that match a filter and follow a position, oldest first. May return fewer than `maxRows`
   * although more match; `next` is null only at the end.
   */
  select(filter: HistoryFilter, from: PageCursor | null, maxRows: number): Promise<SelectedOrigins>;
  /** Returns the time at which the newest matching execution was accepted; null if no execution matches. */
  newestAt(filter: HistoryFilter): Promise<number | null>;
  /**
   * Loads executions, oldest first, until their contexts would exceed `maxBytes` together, but at least one execution.
   * Executions that are no longer stored are left out, so the caller must compare ids.
   */
  load(accountId: string, keys: readonly OriginKey[], maxBytes: number): Promise<Origin[]>;
  /** Returns which of these executions are in history and were accepted at or after `since` (epoch ms). */
  known(accountId: string, executionIds: readonly string[], since: number): Promise<Set<string>>;
}

export function createOrigins(deps: { pool: pg.Pool; history: Pick<History, 'scan'> }): Origins {
  const { pool, history } = deps;
  return {
    find: async (accountId, executionId) => {
      // Postgres rejects U+0000 in text. No id contains it.
      if (executionId.includes('\0')) return null;
      const { rows } = await pool.query<OriginRow>(FIND, [accountId, executionId]);
      return rows[0] ? originOf(rows[0]) : null;
    },
    select: async (filter, from, maxRows) => {
      const position = { direction: 'newer', from: from ?? undefined } as const;
      const { rows, next } = await history.scan(filter, { position, maxRows });
      return { rows: rows.map(selectedOf), next };
    },
    newestAt: async (filter) => {
      const position = { direction: 'older', from: undefined } as const;
      const { rows } = await history.scan(filter, { position, maxRows: 1 });
      return rows[0] ? rows[0].accepted_at.getTime() : null;
    },
    load: async (accountId, keys, maxBytes) => {
      const times = keys.map(({ acceptedAt }) => acceptedAt);
      const { rows } = await pool.query<OriginRow>(LOAD, [
        accountId,
        keys.map(({ executionId }) => executionId),
        times.map((time) => new Date(time)),
        new Date(Math.min(...times)),
        new Date(Math.max(...times)),
        maxBytes,
      ]);
      return rows.map(originOf);
    },
    known: async (accountId, executionIds, since) => {
      const { rows } = await pool.query<{ execution_id: string }>(KNOWN, [
        accountId,
        executionIds,
        new Date(since),
      ]);
      return new Set(rows.map((row) => row.execution_id));
    },
  };
}

interface OriginRow {
  execution_id: string;
  accepted_at: Date;
  workflow_id: string;
  action_id: string;
  workflow_execution_id: string | null;
  step_id: string | null;
  status: string;
  definition_version: string | null;
  context: string | null;
  metadata: Record<string, string> | null;
  retry_policy: RetryPolicyOverride | null;
}

const COLUMNS = `execution_id, accepted_at, workflow_id, action_id, workflow_execution_id, step_id, status,
  definition_version, context, metadata, retry_policy`;

const FIND = `
  SELECT ${COLUMNS} FROM webhook_executions
   WHERE account_id = $1 AND execution_id = $2
   ORDER BY accepted_at DESC LIMIT 1
`;

/**
 * With the range of times, Postgres can skip the partitions of other days. `octet_length` does not read the contexts.
 */
const LOAD = `
  SELECT ${COLUMNS} FROM (
    SELECT ${COLUMNS},
           row_number() OVER oldest AS number,
           sum(coalesce(octet_length(context), 0)) OVER oldest AS bytes
      FROM webhook_executions
     WHERE account_id = $1 AND accepted_at BETWEEN $4 AND $5
       AND (execution_id, accepted_at) IN (SELECT * FROM unnest($2::text[], $3::timestamptz[]))
    WINDOW oldest AS (ORDER BY accepted_at, execution_id)
  ) AS chosen
   WHERE number = 1 OR bytes <= $6
   ORDER BY number
`;

const KNOWN = `
  SELECT DISTINCT execution_id FROM webhook_executions
   WHERE account_id = $1 AND execution_id = ANY($2::text[]) AND accepted_at >= $3
`;

function originOf(row: OriginRow): Origin {
  return {
    executionId: row.execution_id,
    acceptedAt: row.accepted_at.getTime(),
    workflowId: row.workflow_id,
    actionId: row.action_id,
    workflowExecutionId: row.workflow_execution_id,
    stepId: row.step_id,
    status: row.status,
    definitionVersion: row.definition_version === null ? null : Number(row.definition_version),
    context: row.context,
    metadata: row.metadata ?? {},
    retryPolicy: row.retry_policy,
  };
}

function selectedOf(row: HistoryRow): SelectedOrigin {
  return {
    executionId: row.execution_id,
    acceptedAt: row.accepted_at.getTime(),
    workflowId: row.workflow_id,
    actionId: row.action_id,
    status: row.status,
    errorType: row.error_type,
  };
}
