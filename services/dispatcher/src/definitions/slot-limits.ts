import type { AccountSettings } from '@hookline/shared/contracts/events';

/** Maximum number of calls in flight of an account, and of each of its endpoints. */
export interface SlotLimits {
  account: number;
  endpoint: number;
}

/** Returns the account's own limits, or else the dispatcher's defaults. */
export function slotLimits(settings: AccountSettings | undefined, defaults: SlotLimits): SlotLimits {
  return {
    account: settings?.ownMaxInFlight ? settings.maxInFlight : defaults.account,
    endpoint: settings?.ownMaxInFlightPerEndpoint ? settings.maxInFlightPerEndpoint : defaults.endpoint,
  };
}
