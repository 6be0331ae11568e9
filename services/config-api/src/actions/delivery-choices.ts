import { DELIVERY_DEFAULTS, type DeliveryChoices } from '@hookline/shared/contracts/delivery-choices';
import type { WebhookAction, WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';

/**
 * Converts the choices of R-025 between the API, where waits are in seconds, and the definition, where they are in ms.
 */

/** Reads the choices from the body of a POST or PUT; omitted fields get their defaults. */
export function deliveryChoices(input: WebhookActionInput): DeliveryChoices {
  return {
    retrySchedule: waitsMs(input.retry_schedule),
    retryOn: input.retry_on ?? DELIVERY_DEFAULTS.retryOn,
    successOn: input.success_on ?? DELIVERY_DEFAULTS.successOn,
    followRedirects: input.follow_redirects ?? DELIVERY_DEFAULTS.followRedirects,
    resendOnReset: input.resend_on_reset ?? DELIVERY_DEFAULTS.resendOnReset,
    headerEncoding: input.header_encoding ?? DELIVERY_DEFAULTS.headerEncoding,
  };
}

export function deliveryChoicesView(
  choices: DeliveryChoices,
): Pick<
  WebhookAction,
  'retry_schedule' | 'retry_on' | 'success_on' | 'follow_redirects' | 'resend_on_reset' | 'header_encoding'
> {
  return {
    retry_schedule: choices.retrySchedule && choices.retrySchedule.map((waitMs) => waitMs / 1_000),
    retry_on: choices.retryOn,
    success_on: choices.successOn,
    follow_redirects: choices.followRedirects,
    resend_on_reset: choices.resendOnReset,
    header_encoding: choices.headerEncoding,
  };
}

/** Converts the waits of a retry schedule from seconds to whole milliseconds. */
export function waitsMs(seconds: readonly number[] | null | undefined): number[] | null {
  return seconds ? seconds.map((wait) => Math.round(wait * 1_000)) : null;
}
