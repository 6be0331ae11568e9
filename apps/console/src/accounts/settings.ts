import type { components } from '@hookline/client/schema';

export type AccountSettings = components['schemas']['AccountSettings'];
export type NewSettings = components['schemas']['ReplaceAccountSettings'];

/** Settings whose value is a number, or null for the default, in the order of the form. */
export const LIMITS = [
  'max_in_flight',
  'max_in_flight_per_endpoint',
  'rate_per_second',
  'burst',
  'executions_per_second',
  'api_requests_per_second',
  'definition_changes_per_second',
  'max_stored_bytes_per_day',
  'max_actions',
  'max_definition_bytes',
  'max_api_keys',
] as const satisfies (keyof AccountSettings)[];

/**
 * Returns the settings with the limits and paused endpoints from a form. Settings without a field in the form are
 * unchanged. Pure.
 */
export function settingsOf(form: FormData, before: AccountSettings): NewSettings {
  const limits = LIMITS.map((name) => [name, numberOf(form.get(name))]);
  return {
    ...before,
    ...Object.fromEntries(limits),
    paused_endpoints: linesOf(form.get('paused_endpoints')),
  };
}

function numberOf(value: FormDataEntryValue | null): number | null {
  return typeof value !== 'string' || value.trim() === '' ? null : Number(value);
}

function linesOf(value: FormDataEntryValue | null): string[] {
  const lines = typeof value === 'string' ? value.split('\n').map((line) => line.trim()) : [];
  return [...new Set(lines.filter((line) => line !== ''))];
}
