import type { WebhookDefinition } from './events.ts';

/** Choices of a webhook beyond R-007, which change how a call is sent and judged. */
export type DeliveryChoices = Pick<
  WebhookDefinition,
  'retrySchedule' | 'retryOn' | 'successOn' | 'followRedirects' | 'resendOnReset' | 'headerEncoding'
>;

/** Values of a webhook that chooses nothing: R-007's waits and statuses, no redirects. */
export const DELIVERY_DEFAULTS: DeliveryChoices = {
  retrySchedule: null,
  retryOn: null,
  successOn: null,
  followRedirects: false,
  resendOnReset: false,
  headerEncoding: 'percent',
};
