import type { AttemptDue } from './events.ts';
import type { ExecutionIdentity } from './execution-identity.ts';

/**
 * Identity of one parked attempt. If the execution is parked again later, `attempt` or `deferrals` has another value.
 */
export interface Parking extends ExecutionIdentity {
  attempt: number;
  deferrals: number;
}

/**
 * Returns the key of a record in `webhook.parked`. It contains `attempt` and `deferrals`, so that the tombstone of one
 * parked attempt can never remove a later parked attempt of the same execution.
 */
export function parkingKey({ request, attempt, deferrals }: AttemptDue): string {
  return JSON.stringify([request.accountId, request.executionId, attempt, deferrals]);
}

/** Parses a key of `webhook.parked`; returns null if it is invalid. */
export function parseParkingKey(key: string): Parking | null {
  let parts: unknown;
  try {
    parts = JSON.parse(key);
  } catch {
    return null;
  }
  if (!Array.isArray(parts)) return null;
  const [accountId, executionId, attempt, deferrals] = parts as unknown[];
  if (typeof accountId !== 'string' || typeof executionId !== 'string') return null;
  if (typeof attempt !== 'number' || typeof deferrals !== 'number') return null;
  return { accountId, executionId, attempt, deferrals };
}

/**
 * Header of a record in `webhook.delayed` that announces a parked attempt (ADR 38). The attempt is in `webhook.parked`,
 * so the retry scheduler does not move this record, and a dispatcher drops it if an older scheduler has moved it.
 */
export const PARKED_HEADER = 'hookline-parked';

/** Whether a record only announces an attempt that is in `webhook.parked`. */
export function isParkedElsewhere({ headers }: { headers: Readonly<Record<string, string>> }): boolean {
  return headers[PARKED_HEADER] !== undefined;
}
