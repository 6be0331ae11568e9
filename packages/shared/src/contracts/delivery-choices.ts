import type { WebhookDefinition } from './events.ts';

/** Settings of a webhook, besides those of R-007, that change how a call is sent, classified and retried. */
export type DeliveryChoices = Pick<
  WebhookDefinition,
  'retrySchedule' | 'retryOn' | 'successOn' | 'followRedirects' | 'resendOnReset' | 'headerEncoding'
>;

/**
 * Defaults: the waits and statuses of R-007, no redirects, no repetition of a POST or PATCH after a reset, and
 * percent-encoded header values.
 */
export const DELIVERY_DEFAULTS: DeliveryChoices = {
  retrySchedule: null,
  retryOn: null,
  successOn: null,
  followRedirects: false,
  resendOnReset: false,
  headerEncoding: 'percent',
};
