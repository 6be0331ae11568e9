import type { DeadLetterQuery } from '@hookline/shared/contracts/rest/dead-letters';
import type { SqlQuery } from '../executions/history-query.ts';
import { type Page, pageOf } from '../http/page.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Maximum bytes of each value that a list reads. A longer value is not decoded; its preview shows the first bytes. */
const LISTED_VALUE_BYTES = 16_384;

/** Selects the dead letters of a list. */
export interface DeadLetterFilter extends Page {
  topic?: string | undefined;
  reason?: string | undefined;
  accountId?: string | undefined;
  /** Dead-lettered at or after this time. */
  from?: Date | undefined;
  /** Dead-lettered before this time. */
  to?: Date | undefined;
}

/**
 * Reads the filter from a query string.
 * @throws ProblemError 400 if the cursor is invalid
 */
export function deadLetterFilter(query: DeadLetterQuery): DeadLetterFilter {
  return {
    topic: query.topic,
    reason: query.reason,
    accountId: query.account_id,
    from: timeOf(query.from),
    to: timeOf(query.to),
    ...pageOf(query, (id) => UUID.test(id)),
  };
}

function timeOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

/** Columns of `webhook_dead_letters`, except the bytes of the value and the key. */
const COLUMNS = `id, topic, partition, record_offset, value_bytes, is_cut, reason, error, account_id, execution_id,
  failed_at, redriven_at, redriven_to`;

/**
 * Builds the query for a list, which is sorted newest first and paged by keyset. One row more than `limit` shows
 * whether there is a next page.
 */
export function deadLetterListQuery(filter: DeadLetterFilter): SqlQuery {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const conditions: string[] = [];
  const where = (condition: string, value: unknown): void => {
    if (value !== undefined) conditions.push(`${condition} ${parameter(value)}`);
  };
  where('topic =', filter.topic);
  where('reason =', filter.reason);
  where('account_id =', filter.accountId);
  where('failed_at >=', filter.from);
  where('failed_at <', filter.to);
  if (filter.after) {
    const { key, id } = filter.after;
    conditions.push(`(failed_at, id) < (${parameter(new Date(key))}, ${parameter(id)}::uuid)`);
  }
  const text = `
    SELECT ${COLUMNS}, octet_length(value) AS kept_value_bytes,
           substring(value FROM 1 FOR ${LISTED_VALUE_BYTES}) AS value
      FROM webhook_dead_letters
     ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
     ORDER BY failed_at DESC, id DESC
     LIMIT ${parameter(filter.limit + 1)}`;
  return { text, values };
}

/** Query for one dead letter with all its bytes. */
export const ONE_DEAD_LETTER = `
  SELECT ${COLUMNS}, octet_length(value) AS kept_value_bytes, value, record_key
    FROM webhook_dead_letters WHERE id = $1`;
