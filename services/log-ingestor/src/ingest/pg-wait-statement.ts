import { type Column, columnArrays, columnNames, timestamp, unnestColumns } from './pg-columns.ts';
import type { NewWaitRow } from './wait-row.ts';

const WAIT_COLUMNS: readonly Column<NewWaitRow>[] = [
  ['account_id', 'id', (row) => row.accountId],
  ['execution_id', 'id', (row) => row.executionId],
  ['accepted_at', 'timestamptz', (row) => row.acceptedAt],
  ['attempt', 'integer', (row) => row.attempt],
  ['reason', 'id', (row) => row.reason],
  ['deferral', 'bigint', (row) => row.deferrals],
  ['started_at', 'timestamptz', (row) => row.startedAt],
  ['until', 'timestamptz', (row) => row.until],
];

const KEY = 'account_id, execution_id, accepted_at, attempt, reason';
const ofKey = (table: string, other: string): string =>
  KEY.split(', ')
    .map((column) => `${table}.${column} = ${other}.${column}`)
    .join(' AND ');

/** Counts each deferral once: a deferral that a row has already counted adds nothing. */
const unlessCounted = (column: string): string =>
  `known.${column} + CASE WHEN known.deferrals @> excluded.deferrals THEN 0 ELSE excluded.${column} END`;

const [FROM, TO] = [1, 2].map((place) => `$${WAIT_COLUMNS.length + place}`);

/** Returns the parameters of `MERGE_WAITS`. */
export function waitValues(rows: readonly NewWaitRow[]): unknown[] {
  const times = rows.map(({ acceptedAt }) => acceptedAt);
  return [...columnArrays(WAIT_COLUMNS, rows), timestamp(Math.min(...times)), timestamp(Math.max(...times))];
}

/**
 * Adds waits to the rows of their attempt and reason. Reading records again, or in another order, changes nothing,
 * because each row lists the deferrals that it has counted. The range of acceptance times prunes partitions. The rows
 * are sorted, so that two writers cannot deadlock.
 */
export const MERGE_WAITS = `
  INSERT INTO webhook_waits AS known (${KEY}, started_at, until, count, waited_ms, deferrals)
  SELECT ${KEY}, min(started_at), max(until), count(*),
         sum(greatest(0, extract(epoch FROM until - started_at) * 1000)),
         range_agg(int8range(deferral, deferral + 1))
    FROM ${unnestColumns(WAIT_COLUMNS)} AS news (${columnNames(WAIT_COLUMNS)})
   WHERE NOT EXISTS (
           SELECT FROM webhook_waits AS counted
            WHERE ${ofKey('counted', 'news')}
              AND counted.accepted_at >= ${FROM} AND counted.accepted_at <= ${TO}
              AND counted.deferrals @> news.deferral)
   GROUP BY ${KEY}
   ORDER BY ${KEY}
  ON CONFLICT (${KEY}) DO UPDATE SET
    started_at = least(known.started_at, excluded.started_at),
    until = greatest(known.until, excluded.until),
    count = ${unlessCounted('count')},
    waited_ms = ${unlessCounted('waited_ms')},
    deferrals = known.deferrals + excluded.deferrals
`;
