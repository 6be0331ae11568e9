import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Rate } from '@hookline/shared/runtime/gcra';

/** Rate limits of a call; null if there is none. */
export interface RateLimits {
  account: Rate | null;
  endpoint: Rate | null;
}

/**
 * Returns the calls per second that an account and an endpoint may start; an endpoint's limit allows no burst.
 */
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
