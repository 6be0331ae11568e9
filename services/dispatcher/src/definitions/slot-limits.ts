import type { AccountSettings } from '@hookline/shared/contracts/events';

/** Maximum number of calls in flight of an account, and of each of its endpoints. */
export interface SlotLimits {
  account: number;
  endpoint: number;
}

/** Returns for each limit the account's own value, or the dispatcher's default if the account has none. */
export function slotLimits(settings: AccountSettings | undefined, defaults: SlotLimits): SlotLimits {
  return {
    account: settings?.ownMaxInFlight ? settings.maxInFlight : defaults.account,
    endpoint: settings?.ownMaxInFlightPerEndpoint ? settings.maxInFlightPerEndpoint : defaults.endpoint,
  };
}
