import type { AccountSettings } from '@hookline/shared/contracts/events';
import type {
  AccountSettings as AccountSettingsView,
  ReplaceAccountSettings,
} from '@hookline/shared/contracts/rest/accounts';
import { isoTime } from '../http/iso-time.ts';

/** Settings with the defaults of R-015 for what is left out. */
export function accountSettings(
  accountId: string,
  input: ReplaceAccountSettings,
  now: number,
): AccountSettings {
  return {
    accountId,
    maxInFlight: input.max_in_flight ?? 100,
    maxInFlightPerEndpoint: input.max_in_flight_per_endpoint ?? 10,
    ratePerSecond: input.rate_per_second ?? null,
    burst: input.burst ?? null,
    pausedEndpoints: input.paused_endpoints ?? [],
    suspended: input.suspended ?? false,
    updatedAt: now,
  };
}

export function settingsView(settings: AccountSettings): AccountSettingsView {
  return {
    account_id: settings.accountId,
    max_in_flight: settings.maxInFlight,
    max_in_flight_per_endpoint: settings.maxInFlightPerEndpoint,
    rate_per_second: settings.ratePerSecond,
    burst: settings.burst,
    paused_endpoints: settings.pausedEndpoints,
    suspended: settings.suspended,
    updated_at: isoTime(settings.updatedAt),
  };
}
