import type {
  ExecutionFilter,
  ExecutionOutcome,
  ExecutionQuery,
  WebhookExecutionDetail,
  WebhookExecutionList,
} from '@hookline/shared/contracts/rest/webhook-executions';
import type pg from 'pg';
import type { ContactHashes } from '@hookline/shared/executions/contact-hashes';
import type { AccountTurns } from '../quotas/account-turns.ts';
import { directedPageOf } from '../http/page.ts';
import { executionDetailView, executionView, pastOutcomeView } from './execution-view.ts';
import { hiddenDetailView } from './hide-bodies.ts';
import { historyFilter } from './history-filter.ts';
import { historyPage, startOf } from './history-page.ts';
import type { HistoryFilter, HistoryPosition } from './history-query.ts';
import type { AttemptRow, HistoryDetailRow, WaitRow } from './history-rows.ts';
import { type ScannedRows, scanHistory } from './pg-history-scan.ts';

/** Reads the history, which log-ingestor writes; always within one account. */
export interface History {
  /**
   * Reads the filter of a list or of a bulk action.
   * @throws ProblemError 422 if it would search too much
   */
  readFilter(accountId: string, filter: ExecutionFilter): HistoryFilter;
  /**
   * Returns a page of the list.
   * @throws ProblemError 400 if the cursor is invalid, 422 if the filter would search too much, 429 if too many
   * searches of the account wait, 503 if Postgres does not respond in time
   */
  list(accountId: string, query: ExecutionQuery): Promise<WebhookExecutionList>;
  /**
   * Searches like `list`, but returns the rows as read. Only a few searches of an account run at the same time, each
   * within the limits of a page.
   * @throws ProblemError 429 if too many searches of the account wait, 503 if Postgres does not respond in time
   */
  search(
    filter: HistoryFilter,
    options: { position: HistoryPosition; maxRows: number },
  ): Promise<ScannedRows>;
  /**
   * Like `search`, but neither waits for searches nor is rejected because of them; for work that limits itself, such as
   * a job. Continue at `next`.
   */
  scan(filter: HistoryFilter, options: { position: HistoryPosition; maxRows: number }): Promise<ScannedRows>;
  /**
   * Returns an execution with all its attempts and waits, with or without its bodies; null if the account has no
   * execution with this id.
   */
  detail(
    accountId: string,
    executionId: string,
    bodies: WebhookExecutionDetail['bodies'],
  ): Promise<WebhookExecutionDetail | null>;
  /** Returns the outcome of an execution; null if the execution has not ended or is not in the history yet. */
  outcome(accountId: string, executionId: string): Promise<ExecutionOutcome | null>;
}

interface HistoryDeps {
  pool: pg.Pool;
  contacts: ContactHashes;
  /** Limits the searches of an account that run at the same time. */
  turns: Pick<AccountTurns, 'run'>;
  now: () => number;
}

export function createHistory(deps: HistoryDeps): History {
  const { pool, turns } = deps;
  const scan: History['scan'] = (filter, options) => scanHistory({ pool }, filter, options);
  const search: History['search'] = (filter, options) =>
    turns.run(filter.accountId, () => scan(filter, options));
  const readFilter: History['readFilter'] = (accountId, filter) => historyFilter(deps, accountId, filter);
  const find = async (accountId: string, executionId: string): Promise<HistoryDetailRow | null> => {
    // Postgres rejects U+0000 in text. No id contains it.
    if (executionId.includes('\0')) return null;
    const { rows } = await pool.query<HistoryDetailRow>(ONE_EXECUTION, [accountId, executionId]);
    return rows[0] ?? null;
  };
  const partsOf = async <Row extends pg.QueryResultRow>(
    sql: string,
    row: HistoryDetailRow,
  ): Promise<Row[]> => {
    const { account_id, execution_id, accepted_at } = row;
    const { rows } = await pool.query<Row>(sql, [account_id, execution_id, accepted_at]);
    return rows;
  };
  return {
    readFilter,
    list: async (accountId, query) => {
      const page = directedPageOf(query);
      const options = { position: startOf(page), maxRows: page.limit };
      const found = await search(readFilter(accountId, query), options);
      const { rows, ...cursors } = historyPage(page, found);
      return { data: rows.map(executionView), ...cursors };
    },
    search,
    scan,
    detail: async (accountId, executionId, bodies) => {
      const row = await find(accountId, executionId);
      if (!row) return null;
      const [attempts, waits] = await Promise.all([
        partsOf<AttemptRow>(ATTEMPTS, row),
        partsOf<WaitRow>(WAITS, row),
      ]);
      return bodies === 'shown'
        ? executionDetailView(row, attempts, waits)
        : hiddenDetailView(row, attempts, waits);
    },
    outcome: async (accountId, executionId) => {
      const row = await find(accountId, executionId);
      return row && pastOutcomeView(row, (await partsOf<AttemptRow>(ATTEMPTS, row)).at(-1));
    },
  };
}

/** Returns the newest execution, because an id that was reused after its idempotency key had expired occurs twice. */
const ONE_EXECUTION = `
  SELECT * FROM webhook_executions
   WHERE account_id = $1 AND execution_id = $2
   ORDER BY accepted_at DESC LIMIT 1
`;

const ATTEMPTS = `
  SELECT * FROM webhook_attempts
   WHERE account_id = $1 AND execution_id = $2 AND accepted_at = $3
   ORDER BY attempt
`;

const WAITS = `
  SELECT attempt, reason, started_at, until, count, waited_ms FROM webhook_waits
   WHERE account_id = $1 AND execution_id = $2 AND accepted_at = $3
   ORDER BY attempt, started_at, reason
`;
