/**
 * Day arithmetic of the history partitions: which days need partitions, which days are past retention, and the names of
 * the partitions. A day is a UTC day written as `YYYY-MM-DD`, so that days sort as text.
 */

export const DAY_MS = 86_400_000;

export const HISTORY_TABLES = [
  'webhook_executions',
  'webhook_attempts',
  'webhook_waits',
  'analytics_minutes',
] as const;

export type HistoryTable = (typeof HISTORY_TABLES)[number];

/**
 * Returns the UTC day of a time in epoch ms.
 * @throws RangeError if the time is not a date within the years 0 to 9999
 */
export function dayOf(at: number): string {
  const iso = new Date(at).toISOString();
  if (!/^\d{4}-/.test(iso)) throw new RangeError(`${iso} is outside the years 0 to 9999`);
  return iso.slice(0, 10);
}

/** Returns the start of the UTC day of a time, both in epoch ms. Costs much less than `dayOf`. */
export function startOfDay(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

export function nextDay(day: string): string {
  return dayOf(Date.parse(day) + DAY_MS);
}

/** Returns today and the `ahead` days after it. */
export function daysAhead(now: number, ahead: number): string[] {
  return Array.from({ length: ahead + 1 }, (_, days) => dayOf(now + days * DAY_MS));
}

/** Returns the start of the oldest day that is kept, in epoch ms. */
export function keptSince(now: number, historyDays: number): number {
  return startOfDay(now - historyDays * DAY_MS);
}

/**
 * Returns the oldest day that is kept: the day `historyDays` ago. All days before it are past retention, so no
 * row is dropped too early and none is kept for more than one day too long.
 */
export function oldestKeptDay(now: number, historyDays: number): string {
  return dayOf(keptSince(now, historyDays));
}

/** Returns the name of a partition, such as `webhook_attempts_p20260301` for `webhook_attempts` on 2026-03-01. */
export function partitionName(table: HistoryTable, day: string): string {
  return `${table}_p${day.replaceAll('-', '')}`;
}

/** Returns the table and day of a partition; null for a table that is not one of our partitions. */
export function parsePartitionName(name: string): { table: HistoryTable; day: string } | null {
  const [, stem, year, month, day] = /^(\w+)_p(\d{4})(\d{2})(\d{2})$/.exec(name) ?? [];
  const table = HISTORY_TABLES.find((table) => table === stem);
  return table ? { table, day: `${year}-${month}-${day}` } : null;
}
