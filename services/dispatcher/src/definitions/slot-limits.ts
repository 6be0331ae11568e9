import type { AccountSettings } from '@hookline/shared/contracts/events';

/** Calls in flight that an account, and each of its endpoints, may have. */
export interface SlotLimits {
  account: number;
  endpoint: number;
}

/** The account's own limits, or else the dispatcher's. */
export function slotLimits(settings: AccountSettings | undefined, defaults: SlotLimits): SlotLimits {
  return {
    account: settings?.ownMaxInFlight ? settings.maxInFlight : defaults.account,
    endpoint: settings?.ownMaxInFlightPerEndpoint ? settings.maxInFlightPerEndpoint : defaults.endpoint,
  };
}
