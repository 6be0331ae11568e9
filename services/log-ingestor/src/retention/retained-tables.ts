/**
 * Retention of the tables that have no partitions: their rows are deleted by age, in batches. The partitioned tables
 * are in `HISTORY_TABLES`; their partitions are dropped by day. A further table that needs retention is added to
 * `RETAINED_TABLES`.
 */
export interface RetainedTable {
  table: string;
  /** Column with the time from which the age of a row is measured; an index should begin with it. */
  time: string;
  /** Days for which rows are kept; `history` for HOOKLINE_HISTORY_DAYS. */
  days: number | 'history';
}

export const RETAINED_TABLES: readonly RetainedTable[] = [
  { table: 'webhook_dead_letters', time: 'failed_at', days: 'history' },
  // The newest version of a definition has no `replaced_at`, so it is kept for as long as its action exists.
  { table: 'webhook_definition_versions', time: 'replaced_at', days: 'history' },
];
