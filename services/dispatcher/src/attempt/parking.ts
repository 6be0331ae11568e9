import type { AttemptDue } from '@hookline/shared/contracts/events';
import { executionKey } from '@hookline/shared/contracts/execution-identity';

/** Header with the time at which a parked attempt expires, so that an index needs no decoding. */
const EXPIRES_HEADER = 'hookline-expires-at';

/** Identity of one parking: a later one of the same execution has another step. */
export interface Parking {
  accountId: string;
  /** Result of `executionKey`. */
  execution: string;
  /** Attempt and deferral. */
  step: string;
}

/**
 * Returns the key of a record in `webhook.parked`. It names the step, so that the tombstone of one parking can never
 * remove a later one of the same execution.
 */
function parkingKey({ request, attempt, deferrals }: AttemptDue): string {
  return JSON.stringify([request.accountId, request.executionId, attempt, deferrals]);
}

/** Reads a key; null if it is none. */
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
  return {
    accountId,
    execution: executionKey({ accountId, executionId }),
    step: `${String(attempt)}.${String(deferrals)}`,
  };
}

/** Returns the record of `webhook.parked` of a waiting attempt. */
export function parkedRecord(value: AttemptDue): {
  key: string;
  value: AttemptDue;
  headers: Record<string, string>;
} {
  return { key: parkingKey(value), value, headers: { [EXPIRES_HEADER]: String(value.expiresAt) } };
}

/** Returns the time at which a parked attempt expires, epoch ms; 0 if its record does not say so. */
export function parkedUntil({ headers }: { headers: Readonly<Record<string, string>> }): number {
  return Number(headers[EXPIRES_HEADER] ?? 0) || 0;
}
