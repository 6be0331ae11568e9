/** The identity of an execution is (accountId, executionId): an executionId alone may stand in two accounts. */
export interface ExecutionIdentity {
  accountId: string;
  executionId: string;
}

/** One string per identity, for map keys and log fields. Unambiguous: a JSON array, whatever the ids hold. */
export function executionKey({ accountId, executionId }: ExecutionIdentity): string {
  return JSON.stringify([accountId, executionId]);
}

/** Longest id, in UTF-16 units; what is longer fits no index. */
export const MAX_ID_LENGTH = 200;

/**
 * Null if the ids can name an execution; else what is wrong. Without an identity there can be no outcome and no row:
 * such a request ends in the dead-letter topic alone.
 */
export function identityProblem({ accountId, executionId }: ExecutionIdentity): string | null {
  for (const [field, id] of Object.entries({ accountId, executionId })) {
    if (id === '' || id.length > MAX_ID_LENGTH) return `${field} must have 1 to ${MAX_ID_LENGTH} characters`;
    if (id.includes('\0')) return `${field} must not hold U+0000`;
  }
  return null;
}
