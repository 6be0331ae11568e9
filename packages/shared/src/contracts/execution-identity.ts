/** Identity of an execution: (accountId, executionId), because two accounts may use the same executionId. */
export interface ExecutionIdentity {
  accountId: string;
  executionId: string;
}

/**
 * Returns one string per identity, for map keys and log fields. It is a JSON array, and therefore unambiguous for any
 * ids.
 */
export function executionKey({ accountId, executionId }: ExecutionIdentity): string {
  return JSON.stringify([accountId, executionId]);
}

/** Parses the result of `executionKey`. */
export function parseExecutionKey(key: string): ExecutionIdentity {
  const [accountId, executionId] = JSON.parse(key) as [string, string];
  return { accountId, executionId };
}

/** Maximum length of an id in characters (code points); a longer id would not fit into an index. */
export const MAX_ID_LENGTH = 200;

/** Whether an id exceeds the maximum length. A code point takes one or two UTF-16 units. */
export function isOverlongId(id: string): boolean {
  if (id.length <= MAX_ID_LENGTH) return false;
  return id.length > 2 * MAX_ID_LENGTH || Array.from(id).length > MAX_ID_LENGTH;
}

/**
 * Returns null if the ids can name an execution, else an error text. A request without a valid identity only becomes a
 * dead letter, because it can have neither an outcome nor a row in the history of executions.
 */
export function identityProblem({ accountId, executionId }: ExecutionIdentity): string | null {
  for (const [field, id] of Object.entries({ accountId, executionId })) {
    if (id === '' || isOverlongId(id)) return `${field} must have 1 to ${MAX_ID_LENGTH} characters`;
    if (id.includes('\0')) return `${field} must not contain U+0000`;
  }
  return null;
}
