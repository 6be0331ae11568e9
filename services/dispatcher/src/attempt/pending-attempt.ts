import type { WaitReason, WebhookDefinition, WebhookRequested } from '@hookline/shared/contracts/events';
import type { ErrorCode } from '@hookline/webhook-call/outcome/error-catalogue';

/** Circumstances in which this process received a record. */
export interface Arrival {
  /** Time at which this process received the record, epoch ms. */
  receivedAt: number;
  /**
   * Number of records of its endpoint that were already parked in the backlog when the record arrived; null if the
   * record was not parked there.
   */
  parkedBehind: number | null;
  /** Set if the backlog had no room for the record: planned time of its return from the delay lanes, epoch ms. */
  overflowUntil: number | null;
}

/** Reason why a request is refused: an error of the catalogue, and the text for the user. */
export interface RequestRefusal {
  errorType: Extract<ErrorCode, 'payload_too_large' | 'metadata_too_large' | 'render_error'>;
  reason: string;
}

/**
 * One attempt to be made: the first attempt of a request, or an attempt from `webhook.due`, which has waited in the
 * lanes, was parked or was rerouted. Built once, in `intake/`; its times and counts are in range.
 */
export interface PendingAttempt extends Arrival {
  request: WebhookRequested;
  /** Original definition that a replay carries (ADR 39); null if the newest definition is used. */
  snapshot: WebhookDefinition | null;
  /** Time at which the broker appended the request. */
  acceptedAt: number;
  expiresAt: number;
  /** Counted from 1. */
  attempt: number;
  /** Time before which the attempt must not be made. */
  dueAt: number;
  /** Reason for the record in `webhook.due`; null for a new request, which arrives directly from its topic. */
  reason: WaitReason | null;
  /** Number of times that this attempt was deferred without a call. */
  deferrals: number;
  firstAttemptAt: number | null;
  /** W3C trace context of the request, carried in record headers only (never to the endpoint, A-007). */
  traceparent: string | undefined;
  /** Set if a number was out of range or the snapshot cannot be read; the execution then ends with this refusal. */
  refusal: RequestRefusal | null;
}

/**
 * Returns whether the owner processes the request of this attempt for the first time, as far as the record shows: a
 * copy, or a record that is read again, looks the same.
 */
export function isFirstArrival({ reason }: Pick<PendingAttempt, 'reason'>): boolean {
  return reason === null || reason === 'misrouted';
}

/** Returns whether the attempt comes from `webhook.requested` rather than `webhook.due`. */
export function isNewRequest({ reason }: Pick<PendingAttempt, 'reason'>): boolean {
  return reason === null;
}
