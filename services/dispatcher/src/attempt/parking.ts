import type { AttemptDue } from '@hookline/shared/contracts/events';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { type Parking, parkingKey } from '@hookline/shared/contracts/parked-attempts';

/** Header with the time at which a parked attempt expires, so that an index need not decode the record. */
const EXPIRES_HEADER = 'hookline-expires-at';

/**
 * Identity of a parked attempt, as the index stores it: `execution` is the result of `executionKey`; `step` joins the
 * attempt number and the number of deferrals.
 */
export interface IndexedParking {
  execution: string;
  step: string;
}

export function indexedParking(parking: Parking): IndexedParking {
  return { execution: executionKey(parking), step: `${parking.attempt}.${parking.deferrals}` };
}

/** Returns the record that parks a waiting attempt in `webhook.parked`. */
export function parkedRecord(value: AttemptDue): {
  key: string;
  value: AttemptDue;
  headers: Record<string, string>;
} {
  return { key: parkingKey(value), value, headers: { [EXPIRES_HEADER]: String(value.expiresAt) } };
}

/** Returns the time at which a parked attempt expires, epoch ms; 0 if its record has no such header. */
export function parkedUntil({ headers }: { headers: Readonly<Record<string, string>> }): number {
  return Number(headers[EXPIRES_HEADER] ?? 0) || 0;
}
