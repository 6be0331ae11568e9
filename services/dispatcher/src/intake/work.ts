import type { WaitReason, WebhookRequested } from '@hookline/shared/contracts/events';

/** One attempt to make, whether it comes from a request (attempt 1) or out of the delay lanes. */
export interface Work {
  request: WebhookRequested;
  /** Parsed `request.context`: contact, workflow, execution, account. */
  context: unknown;
  /** Broker append time of the request. */
  acceptedAt: number;
  expiresAt: number;
  attempt: number;
  /** Not to be made before this time. */
  dueAt: number;
  /** Why it waited; null for a request that comes straight from its topic. */
  reason: WaitReason | null;
  deferrals: number;
  firstAttemptAt: number | null;
  /** When this process took it in, epoch ms. */
  receivedAt: number;
  /** W3C trace context of the request, carried in record headers only (never to the endpoint, A-007). */
  traceparent: string | undefined;
  /** Records of its endpoint that were parked before it when it came; null where it was not parked. */
  parkedBehind: number | null;
  /** There was no room for it in the backlog: it comes back through the delay lanes, planned for this time (epoch ms). */
  overflowUntil: number | null;
}
