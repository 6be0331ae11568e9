import type { WaitReason, WebhookRequested } from '@hookline/shared/contracts/events';

/** How a record came to be processed. */
export interface Arrival {
  /** When this process received it, epoch ms. */
  receivedAt: number;
  /** Records of its endpoint that were parked before it when it came; null where it was not parked. */
  parkedBehind: number | null;
  /** There was no room for it in the backlog: it goes back to the delay lanes, planned for this time (epoch ms). */
  overflowUntil: number | null;
}

/** Why a request is refused: an error class of R-010 and the reason for the user. */
export interface RequestRefusal {
  errorType: 'payload_too_large' | 'render_error';
  reason: string;
}

/**
 * One attempt that is due: the first one of a request, or one that comes back out of the delay lanes. Built once, in
 * `intake/`; its times and counts are in range.
 */
export interface PendingAttempt extends Arrival {
  request: WebhookRequested;
  /** Broker append time of the request. */
  acceptedAt: number;
  expiresAt: number;
  /** Counted from 1. */
  attempt: number;
  /** Not to be made before this time. */
  dueAt: number;
  /** Why it waited in the lanes; null for a new request, which comes straight from its topic. */
  reason: WaitReason | null;
  /** Times that this attempt was put off without a call. */
  deferrals: number;
  firstAttemptAt: number | null;
  /** W3C trace context of the request, carried in record headers only (never to the endpoint, A-007). */
  traceparent: string | undefined;
  /** A number was out of range: the execution ends with this refusal. */
  refusal: RequestRefusal | null;
}

/** Whether it comes from `webhook.requested`, not out of the delay lanes. */
export function isNewRequest({ reason }: Pick<PendingAttempt, 'reason'>): boolean {
  return reason === null;
}
