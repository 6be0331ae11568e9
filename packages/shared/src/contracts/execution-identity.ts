/** The identity of an execution is (accountId, executionId): an executionId alone may stand in two accounts. */
export interface ExecutionIdentity {
  accountId: string;
  executionId: string;
}

/** One string per identity, for map keys and log fields. Unambiguous: a JSON array, whatever the ids hold. */
export function executionKey({ accountId, executionId }: ExecutionIdentity): string {
  return JSON.stringify([accountId, executionId]);
}
