import type { AuditEntryView, AuditLog } from '@hookline/shared/contracts/rest/audit-log';
import { parseJsonToWrite } from '@hookline/shared/contracts/lossless-json';
import type pg from 'pg';
import { cutPage, type PageCursor, writeCursor } from '../http/page.ts';
import {
  type AuditLogFilter,
  lastScannedStatement,
  MAX_SCANNED_ENTRIES,
  pageStatement,
} from './audit-log-query.ts';
import { type AuditEntry, recordAudit } from './record-audit.ts';

/** Operations on the audit log outside the transactions of changes. */
export interface PgAuditLog {
  list(filter: AuditLogFilter): Promise<AuditLog>;
  /** Records an action that is not a change in Postgres. */
  record(entry: AuditEntry): Promise<void>;
  /** Removes entries that are too old, and the oldest entries of an account that has too many. */
  deleteExpired(): Promise<void>;
}

interface AuditLogOptions {
  /** Days for which an entry is kept. */
  retentionDays: number;
  /** Maximum number of entries kept per account, so that a tenant that makes changes all day cannot fill the disk. */
  maxEntries?: number;
  maxScanned?: number;
}

/** This many entries take at most 3.3 GB, at 32 KiB of views per entry, and 100 MB at usual sizes. */
const MAX_ENTRIES = 100_000;
const DELETE_BATCH_ROWS = 5_000;

export function createAuditLog(
  { pool }: { pool: pg.Pool },
  { retentionDays, maxEntries = MAX_ENTRIES, maxScanned = MAX_SCANNED_ENTRIES }: AuditLogOptions,
): PgAuditLog {
  return {
    list: async (filter) => {
      const found = await pool.query<AuditRow>(pageStatement(filter, maxScanned));
      const page = cutPage(found.rows, filter, positionOf);
      const next_cursor = page.next_cursor ?? (await scannedTo(pool, filter, maxScanned));
      return { data: page.rows.map(entryView), next_cursor };
    },
    record: (entry) => recordAudit(pool, entry),
    deleteExpired: async () => {
      await deleteInBatches(pool, 'at < now() - make_interval(days => $1)', [retentionDays]);
      const { rows } = await pool.query<{ account_id: string }>(FULL_ACCOUNTS, [maxEntries]);
      for (const { account_id } of rows) {
        await deleteInBatches(pool, `account_id = $1 AND (at, id) <= ${OLDEST_KEPT}`, [
          account_id,
          maxEntries,
        ]);
      }
    },
  };
}

/** Returns the cursor after the entries that were read for a page; null if fewer than `maxScanned` were left. */
async function scannedTo(pool: pg.Pool, filter: AuditLogFilter, maxScanned: number): Promise<string | null> {
  const { rows } = await pool.query<Pick<AuditRow, 'id' | 'at'>>(lastScannedStatement(filter, maxScanned));
  return rows[0] ? writeCursor(positionOf(rows[0])) : null;
}

async function deleteInBatches(pool: pg.Pool, condition: string, values: unknown[]): Promise<void> {
  const text = `DELETE FROM audit_log WHERE id IN (
    SELECT id FROM audit_log WHERE ${condition} LIMIT $${values.length + 1})`;
  let removed: number;
  do removed = (await pool.query(text, [...values, DELETE_BATCH_ROWS])).rowCount ?? 0;
  while (removed === DELETE_BATCH_ROWS);
}

const FULL_ACCOUNTS = `
  SELECT account_id FROM audit_log WHERE account_id IS NOT NULL GROUP BY account_id HAVING count(*) > $1
`;
/** Position of the newest entry beyond the maximum. */
const OLDEST_KEPT = `(
  SELECT at, id FROM audit_log WHERE account_id = $1 ORDER BY at DESC, id DESC OFFSET $2 LIMIT 1
)`;

/** A row as `pg` returns it: bigint as text, the views as JSON text. */
interface AuditRow {
  id: string;
  at: Date;
  account_id: string | null;
  actor: 'api_key' | 'admin' | 'system' | 'person' | 'portal';
  key_id: string | null;
  key_name: string | null;
  address: string | null;
  action: string;
  target: string;
  before: string | null;
  after: string | null;
  person_subject: string | null;
  person_name: string | null;
  person_email: string | null;
}

function positionOf({ at, id }: Pick<AuditRow, 'id' | 'at'>): PageCursor {
  return { key: at.getTime(), id };
}

function entryView(row: AuditRow): AuditEntryView {
  const { id, account_id, action, target } = row;
  return {
    id,
    at: row.at.toISOString(),
    account_id,
    actor: {
      type: row.actor,
      key_id: row.key_id,
      key_name: row.key_name,
      address: row.address,
      person:
        row.person_subject === null
          ? null
          : { subject: row.person_subject, name: row.person_name, email: row.person_email },
    },
    action,
    target,
    before: viewOf(row.before),
    after: viewOf(row.after),
  };
}

function viewOf(json: string | null): Record<string, unknown> | null {
  return json === null ? null : (parseJsonToWrite(json) as Record<string, unknown>);
}
