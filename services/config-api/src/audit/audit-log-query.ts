import type { AuditLogQuery } from '@hookline/shared/contracts/rest/audit-log';
import { type Page, pageOf } from '../http/page.ts';

/** Entries that a request selects. If `accountId` is null, these are the entries that do not belong to an account. */
export interface AuditLogFilter extends Page {
  accountId: string | null;
  query: Pick<AuditLogQuery, 'action' | 'target' | 'actor' | 'key_id' | 'from' | 'to'>;
}

/**
 * Maximum number of entries that are read for one page. The filters by account, target and time use an index. The other
 * filters are applied to the entries that were read, so that a page costs the same however rare its matches are.
 */
export const MAX_SCANNED_ENTRIES = 2_000;

const ENTRY_ID = /^\d{1,18}$/;

/** @throws ProblemError 400 if the cursor is invalid */
export function auditLogFilter(accountId: string | null, query: AuditLogQuery): AuditLogFilter {
  return { ...pageOf(query, (id) => ENTRY_ID.test(id)), accountId, query };
}

interface Statement {
  text: string;
  values: unknown[];
}

/** Builds the query for a page, which returns up to `limit` + 1 matches among the entries that it reads. */
export function pageStatement(filter: AuditLogFilter, maxScanned = MAX_SCANNED_ENTRIES): Statement {
  const { action, actor, key_id } = filter.query;
  const scan = scanned(filter, maxScanned);
  const matches = Object.entries({ action, actor, key_id })
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => `${column} = $${scan.values.push(value)}`);
  return {
    text: `
      SELECT id, at, account_id, actor, key_id, key_name, address, action, target,
             person_subject, person_name, person_email,
             before::text AS before, after::text AS after
        FROM (${scan.text}) AS scanned
       WHERE ${['true', ...matches].join(' AND ')}
       ORDER BY at DESC, id DESC LIMIT $${scan.values.push(filter.limit + 1)}`,
    values: scan.values,
  };
}

/**
 * Builds the query for the last entry that a page may read. It returns no row if fewer than `maxScanned` entries are
 * left.
 */
export function lastScannedStatement(filter: AuditLogFilter, maxScanned = MAX_SCANNED_ENTRIES): Statement {
  const { text, values } = scanned(filter, maxScanned);
  return { text: `SELECT id, at FROM (${text}) AS scanned OFFSET $${values.push(maxScanned - 1)}`, values };
}

function scanned({ accountId, after, query }: AuditLogFilter, maxScanned: number): Statement {
  const values: unknown[] = [];
  const conditions = [accountId === null ? 'account_id IS NULL' : `account_id = $${values.push(accountId)}`];
  if (query.target !== undefined) {
    // Same expression as in the index. U+0000 is removed, because stored targets never contain it and Postgres rejects
    // it.
    const target = `$${values.push(query.target.replaceAll('\0', ''))}`;
    conditions.push(`left(target, 200) = left(${target}, 200) AND target = ${target}`);
  }
  if (query.from !== undefined) conditions.push(`at >= $${values.push(new Date(query.from))}`);
  if (query.to !== undefined) conditions.push(`at < $${values.push(new Date(query.to))}`);
  if (after) {
    conditions.push(`(at, id) < ($${values.push(new Date(after.key))}, $${values.push(after.id)})`);
  }
  const text = `SELECT * FROM audit_log WHERE ${conditions.join(' AND ')}
                 ORDER BY at DESC, id DESC LIMIT $${values.push(maxScanned)}`;
  return { text, values };
}
