import type { AccountSettings } from '@hookline/shared/contracts/events';
import type {
  AccountSettings as AccountSettingsView,
  ReplaceAccountSettings,
} from '@hookline/shared/contracts/rest/accounts';
import { isoTime } from '../http/iso-time.ts';
import type { QuotaSettings } from '../quotas/quotas.ts';

/** All that is set for an account: what travels to the dispatchers, and what config-api alone holds it to. */
export interface StoredSettings {
  settings: AccountSettings;
  quotas: QuotaSettings;
}

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

/** Quotas, null where the default of the deployment holds. */
export function quotaSettings(input: ReplaceAccountSettings): QuotaSettings {
  return {
    maxActions: input.max_actions ?? null,
    maxDefinitionBytes: input.max_definition_bytes ?? null,
    maxApiKeys: input.max_api_keys ?? null,
  };
}

export function settingsView({ settings, quotas }: StoredSettings): AccountSettingsView {
  return {
    account_id: settings.accountId,
    max_in_flight: settings.maxInFlight,
    max_in_flight_per_endpoint: settings.maxInFlightPerEndpoint,
    rate_per_second: settings.ratePerSecond,
    burst: settings.burst,
    paused_endpoints: settings.pausedEndpoints,
    suspended: settings.suspended,
    max_actions: quotas.maxActions,
    max_definition_bytes: quotas.maxDefinitionBytes,
    max_api_keys: quotas.maxApiKeys,
    updated_at: isoTime(settings.updatedAt),
  };
}
