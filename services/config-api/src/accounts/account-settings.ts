import type { AccountSettings } from '@hookline/shared/contracts/events';
import type { AccountSettingsView, ReplaceAccountSettings } from '@hookline/shared/contracts/rest/accounts';
import { isoTime } from '../http/iso-time.ts';
import type { QuotaSettings } from '../quotas/quotas.ts';

/** Settings as stored; null for a limit that is not set, so that the dispatcher's own setting applies. */
export interface StoredSettings extends Omit<
  AccountSettings,
  'maxInFlight' | 'maxInFlightPerEndpoint' | 'ownMaxInFlight' | 'ownMaxInFlightPerEndpoint'
> {
  maxInFlight: number | null;
  maxInFlightPerEndpoint: number | null;
}

/**
 * All settings of an account. The `settings` are published to the dispatchers; only config-api enforces the `quotas`.
 */
export interface SettingsAndQuotas {
  settings: StoredSettings;
  quotas: QuotaSettings;
}

/** Reads the settings from a request body; an omitted or null field leaves the limit unset. */
export function accountSettings(
  accountId: string,
  input: ReplaceAccountSettings,
  now: number,
): StoredSettings {
  return {
    accountId,
    maxInFlight: input.max_in_flight ?? null,
    maxInFlightPerEndpoint: input.max_in_flight_per_endpoint ?? null,
    ratePerSecond: input.rate_per_second ?? null,
    burst: input.burst ?? null,
    pausedEndpoints: input.paused_endpoints ?? [],
    suspended: input.suspended ?? false,
    maxStoredBytesPerDay: input.max_stored_bytes_per_day ?? null,
    updatedAt: now,
  };
}

/**
 * Values that the event contains for limits that are not set: the defaults of R-015. A dispatcher of an earlier release
 * uses these values, because it ignores the fields that mark a limit as not set.
 */
const STAND_IN = { maxInFlight: 100, maxInFlightPerEndpoint: 10 };

export function settingsEvent(settings: StoredSettings): AccountSettings {
  const { maxInFlight, maxInFlightPerEndpoint } = settings;
  return {
    ...settings,
    maxInFlight: maxInFlight ?? STAND_IN.maxInFlight,
    maxInFlightPerEndpoint: maxInFlightPerEndpoint ?? STAND_IN.maxInFlightPerEndpoint,
    ownMaxInFlight: maxInFlight !== null,
    ownMaxInFlightPerEndpoint: maxInFlightPerEndpoint !== null,
  };
}

/** Reads the quotas from a request body; null means that the default of the deployment applies. */
export function quotaSettings(input: ReplaceAccountSettings): QuotaSettings {
  return {
    maxActions: input.max_actions ?? null,
    maxDefinitionBytes: input.max_definition_bytes ?? null,
    maxApiKeys: input.max_api_keys ?? null,
    apiRequestsPerSecond: input.api_requests_per_second ?? null,
    definitionChangesPerSecond: input.definition_changes_per_second ?? null,
    executionsPerSecond: input.executions_per_second ?? null,
  };
}

export function settingsView({ settings, quotas }: SettingsAndQuotas): AccountSettingsView {
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
    api_requests_per_second: quotas.apiRequestsPerSecond,
    definition_changes_per_second: quotas.definitionChangesPerSecond,
    executions_per_second: quotas.executionsPerSecond,
    max_stored_bytes_per_day: settings.maxStoredBytesPerDay,
    updated_at: isoTime(settings.updatedAt),
  };
}
