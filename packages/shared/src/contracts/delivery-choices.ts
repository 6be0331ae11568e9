import type { WebhookDefinition } from './events.ts';

/** Settings of a webhook, in addition to those of R-007, that change how a call is sent and classified. */
export type DeliveryChoices = Pick<
  WebhookDefinition,
  'retrySchedule' | 'retryOn' | 'successOn' | 'followRedirects' | 'resendOnReset' | 'headerEncoding'
>;

/** Defaults: the waits and statuses of R-007, and no redirects. */
export const DELIVERY_DEFAULTS: DeliveryChoices = {
  retrySchedule: null,
  retryOn: null,
  successOn: null,
  followRedirects: false,
  resendOnReset: false,
  headerEncoding: 'percent',
};
