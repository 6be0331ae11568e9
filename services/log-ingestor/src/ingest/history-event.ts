import type {
  AttemptDue,
  WebhookAttempt,
  WebhookCompleted,
  WebhookRequested,
} from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';

/** One record of the history's topics, decoded. */
export type HistoryEvent =
  /** `acceptedAt` is the broker's append time of the request, which this record alone does not hold. */
  | { kind: 'requested'; event: WebhookRequested; acceptedAt: number }
  | { kind: 'attempt'; event: WebhookAttempt }
  | { kind: 'delayed'; event: AttemptDue }
  | { kind: 'completed'; event: WebhookCompleted };

/** When the request that this event follows from was accepted, epoch ms: the day it is kept under. */
export function acceptedAtOf(entry: HistoryEvent): number {
  return entry.kind === 'requested' ? entry.acceptedAt : entry.event.acceptedAt;
}

export function identityOf(entry: HistoryEvent): ExecutionIdentity {
  return entry.kind === 'delayed' ? entry.event.request : entry.event;
}
