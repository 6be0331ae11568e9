import type {
  AttemptDue,
  WebhookAttempt,
  WebhookCompleted,
  WebhookRequested,
} from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';

/** Keyed hashes of the contact of a request; null for a value by which the contact cannot be looked up. */
export interface ContactLookUp {
  idHash: Buffer | null;
  emailHash: Buffer | null;
}

/** A decoded record of one of the history topics. */
export type HistoryEvent =
  /**
   * `acceptedAt` is the broker's append time of the request; the request is the only event that does not contain it.
   */
  | { kind: 'requested'; event: WebhookRequested; acceptedAt: number; contact?: ContactLookUp }
  | { kind: 'attempt'; event: WebhookAttempt }
  /** `appendedAt` is the broker's append time of the record, at which the wait began. */
  | { kind: 'delayed'; event: AttemptDue; appendedAt: number; contact?: ContactLookUp }
  | { kind: 'completed'; event: WebhookCompleted };

/** Returns the time at which the event's request was accepted, epoch ms; its rows are in the partition of that day. */
export function acceptedAtOf(entry: HistoryEvent): number {
  return entry.kind === 'requested' ? entry.acceptedAt : entry.event.acceptedAt;
}

export function identityOf(entry: HistoryEvent): ExecutionIdentity {
  return entry.kind === 'delayed' ? entry.event.request : entry.event;
}
