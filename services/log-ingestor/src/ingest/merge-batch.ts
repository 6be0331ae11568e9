import type { WebhookAttempt } from '@hookline/shared/contracts/events';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { rowOfAttempt, rowOfOutcome, rowOfRequest, rowOfWait, type RunRow } from './execution-row.ts';
import type { HistoryEvent } from './history-event.ts';
import { joinRows } from './join-rows.ts';
import { newWaitRow, type NewWaitRow } from './wait-row.ts';

/** Rows of one transaction: at most one per key, sorted by key so that two writers cannot deadlock. */
export interface HistoryBatch {
  executions: RunRow[];
  attempts: WebhookAttempt[];
  waits: NewWaitRow[];
}

/**
 * Time within which a further request for the same identity counts as a repeat. Equals the time for which an
 * `Idempotency-Key` is kept (docs/design/config-api.md).
 */
export const REPEAT_WINDOW_MS = 86_400_000;

/**
 * Merges the events of a batch into rows. Events of one run may be in any order, and repeated. Of several attempts with
 * the same number, the first is kept, and so is the first of several waits with the same attempt, deferral and reason.
 */
export function mergeBatch(entries: readonly HistoryEvent[]): HistoryBatch {
  const executions = new Map<string, RunRow>();
  const attempts = new Map<string, WebhookAttempt>();
  const waits = new Map<string, NewWaitRow>();
  for (const entry of entries) {
    const news = rowOf(entry);
    const key = runKey(news);
    const known = executions.get(key);
    executions.set(key, known ? joinRows(known, news) : news);
    if (entry.kind === 'attempt') {
      const attemptKey = `${key}/${entry.event.attempt}`;
      if (!attempts.has(attemptKey)) attempts.set(attemptKey, entry.event);
    }
    if (entry.kind === 'delayed') {
      const { attempt, reason, deferrals } = entry.event;
      const waitKey = `${key}/${attempt}/${deferrals}/${reason}`;
      if (!waits.has(waitKey)) waits.set(waitKey, newWaitRow(entry.event, entry.appendedAt));
    }
  }
  return {
    executions: withoutRepeats([...executions.values()].sort(byKey)),
    attempts: [...attempts.values()].sort((a, b) => byKey(a, b) || a.attempt - b.attempt),
    waits: [...waits.values()].sort(byWait),
  };
}

function rowOf(entry: HistoryEvent): RunRow {
  if (entry.kind === 'requested') return rowOfRequest(entry.event, entry.acceptedAt, entry.contact);
  if (entry.kind === 'attempt') return rowOfAttempt(entry.event);
  if (entry.kind === 'delayed') return rowOfWait(entry.event, entry.contact);
  return rowOfOutcome(entry.event);
}

type RunKey = Pick<RunRow, 'accountId' | 'executionId' | 'acceptedAt'>;

function runKey(run: RunKey): string {
  return `${executionKey(run)}${run.acceptedAt}`;
}

function byKey(a: RunKey, b: RunKey): number {
  return (
    compare(a.accountId, b.accountId) || compare(a.executionId, b.executionId) || a.acceptedAt - b.acceptedAt
  );
}

function byWait(a: NewWaitRow, b: NewWaitRow): number {
  return byKey(a, b) || a.attempt - b.attempt || a.deferrals - b.deferrals || compare(a.reason, b.reason);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * Drops repeats of a request within the batch: runs of which only the request is known and that are within the window
 * after a kept run of the same identity. (The SQL statement does the same for stored rows.)
 */
function withoutRepeats(sorted: RunRow[]): RunRow[] {
  const kept: RunRow[] = [];
  for (const run of sorted) {
    const previous = kept.at(-1);
    const repeats =
      previous?.accountId === run.accountId &&
      previous.executionId === run.executionId &&
      run.acceptedAt - previous.acceptedAt <= REPEAT_WINDOW_MS;
    if (!(run.requestOnly && repeats)) kept.push(run);
  }
  return kept;
}
