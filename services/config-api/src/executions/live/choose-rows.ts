import type { WebhookExecution } from '@hookline/shared/contracts/rest/webhook-executions';

/** A row that changed, and whether it matches the filter of a stream. */
export interface ChangedRow {
  row: WebhookExecution;
  matches: boolean;
}

/** Rows to be sent by a stream, oldest first. */
interface ChosenRows {
  chosen: ChangedRow[];
  /** Number of rows that could have been chosen. */
  of: number;
}

/**
 * Chooses the changed rows to send: rows that match, and rows that no longer match but that the reader has. If there
 * are too many, prefers rows that the reader has, then the newest rows. Pure.
 * @param isKnown whether the reader has a row
 */
export function chooseRows(
  changed: readonly ChangedRow[],
  { isKnown, maxRows }: { isKnown: (executionId: string) => boolean; maxRows: number },
): ChosenRows {
  const concerned = changed.filter(({ row, matches }) => matches || isKnown(row.execution_id));
  const rank = ({ row }: ChangedRow): number => (isKnown(row.execution_id) ? 0 : 1);
  const ranked = concerned.toSorted((a, b) => rank(a) - rank(b) || compare(b.row, a.row));
  const chosen = ranked.slice(0, maxRows).sort((a, b) => compare(a.row, b.row));
  return { chosen, of: concerned.length };
}

function compare(a: WebhookExecution, b: WebhookExecution): number {
  if (a.accepted_at !== b.accepted_at) return a.accepted_at < b.accepted_at ? -1 : 1;
  return a.execution_id < b.execution_id ? -1 : 1;
}
