/**
 * Notifications about executions whose rows were written. The process that writes the rows notifies the instances of
 * config-api that show these executions live (ADR 47).
 */

/** Channel of the notifications; the same in every Hookline database. */
export const EXECUTION_CHANGES_CHANNEL = 'hookline_executions';

/** Key of a row of `webhook_executions`; `acceptedAt` is in epoch ms. */
export interface ChangedExecution {
  accountId: string;
  executionId: string;
  acceptedAt: number;
}

/** Notification about some or all of the rows of one account that one transaction wrote. */
export interface ChangeNotice {
  /** Unique; every listener receives the same id. */
  id: string;
  accountId: string;
  changes: Omit<ChangedExecution, 'accountId'>[];
  /**
   * Number of rows of the account that the transaction changed but no notification names; 0 in all its notifications
   * for the account but the first.
   */
  omitted: number;
}

interface NoticeLimits {
  /** Maximum number of rows of an account that are named for one transaction. */
  maxNamed: number;
  /** Maximum size of a notification in bytes of UTF-8. */
  maxBytes: number;
}

/** Postgres accepts notifications of less than 8,000 bytes. */
export const NOTICE_LIMITS: NoticeLimits = { maxNamed: 500, maxBytes: 7_500 };

/** Reads the accounts that are watched. */
export const WATCHED_ACCOUNTS = `SELECT DISTINCT account_id FROM execution_watches WHERE until > now()`;

/** Sends notifications; $1 is an array of them. */
export const SEND_NOTICES = `
  SELECT pg_notify('${EXECUTION_CHANGES_CHANNEL}', notice) FROM unnest($1::text[]) AS notice
`;

/**
 * Writes the notifications for changed rows, which may belong to several accounts. If an account has too many rows,
 * those whose ids have the lowest hashes are named, so that an execution that was named once is likely to be named at
 * its next change too. Pure, apart from `newId`.
 * @param newId returns a unique id of letters, digits, `-` and `_`
 */
export function writeNotices(
  changed: readonly ChangedExecution[],
  { newId }: { newId: () => string },
  limits: NoticeLimits,
): string[] {
  const byAccount = Map.groupBy(changed, ({ accountId }) => accountId);
  return [...byAccount].flatMap(([accountId, rows]) => noticesOf(accountId, rows, { newId, ...limits }));
}

function noticesOf(
  accountId: string,
  rows: readonly ChangedExecution[],
  { newId, maxNamed, maxBytes }: NoticeLimits & { newId: () => string },
): string[] {
  const named = rows.length > maxNamed ? rows.toSorted(byHash).slice(0, maxNamed) : rows;
  const notices: string[] = [];
  let omitted = rows.length - named.length;
  let pairs: string[] = [];
  let bytes = 0;
  const room = maxBytes - Buffer.byteLength(JSON.stringify([newId(), accountId, rows.length]));
  const flush = (): void => {
    if (pairs.length > 0) {
      notices.push(`[${JSON.stringify(newId())},${JSON.stringify(accountId)},${omitted},${pairs.join()}]`);
    }
    [pairs, bytes, omitted] = [[], 0, 0];
  };
  for (const { executionId, acceptedAt } of named) {
    const pair = JSON.stringify([executionId, acceptedAt]);
    if (bytes + Buffer.byteLength(pair) + 1 > room) flush();
    pairs.push(pair);
    bytes += Buffer.byteLength(pair) + 1;
  }
  flush();
  return notices;
}

/** Reads a notification that `writeNotices` wrote. */
export function readNotice(text: string): ChangeNotice {
  const [id, accountId, omitted, ...pairs] = JSON.parse(text) as [
    string,
    string,
    number,
    ...[executionId: string, acceptedAt: number][],
  ];
  const changes = pairs.map(([executionId, acceptedAt]) => ({ executionId, acceptedAt }));
  return { id, accountId, changes, omitted };
}

function byHash(a: ChangedExecution, b: ChangedExecution): number {
  return hashOf(a.executionId) - hashOf(b.executionId);
}

/**
 * Computes FNV-1a of the UTF-16 units, which gives an id the same hash in every process, and similar ids unrelated
 * hashes.
 */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
