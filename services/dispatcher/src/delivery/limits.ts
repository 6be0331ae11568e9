import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { RateLimits } from '../endpoint-state/endpoint-registry.ts';
import type { SlotLimits } from '../queue/call-slots.ts';

/** Calls in flight that an account and each of its endpoints may have: its own limits, else the dispatcher's. */
export function slotLimits(settings: AccountSettings | undefined, defaults: SlotLimits): SlotLimits {
  return {
    account: settings?.ownMaxInFlight ? settings.maxInFlight : defaults.account,
    endpoint: settings?.ownMaxInFlightPerEndpoint ? settings.maxInFlightPerEndpoint : defaults.endpoint,
  };
}

/** Calls per second that an account and an endpoint may start; an endpoint's limit has no burst. */
export function rateLimits(
  settings: AccountSettings | undefined,
  { endpointRateLimit }: Pick<WebhookDefinition, 'endpointRateLimit'>,
): RateLimits {
  const perSecond = settings?.ratePerSecond ?? null;
  return {
    account: perSecond === null ? null : { perSecond, burst: settings?.burst ?? 1 },
    endpoint: endpointRateLimit === null ? null : { perSecond: endpointRateLimit, burst: 1 },
  };
}
