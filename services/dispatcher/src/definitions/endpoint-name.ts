import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import { endpointNameOf } from '@hookline/template/endpoint-name';

type Addressed = Pick<WebhookDefinition, 'url'>;

/**
 * Names and pauses are cached for as long as the decoded definition or settings exist, because every record needs them.
 */
const names = new WeakMap<Addressed, string>();
const paused = new WeakMap<AccountSettings, ReadonlySet<string>>();

/**
 * Returns the name of the endpoint of a definition within its account, in one spelling, so that every spelling
 * of a URL shares one queue, limit, circuit and pause. Returns the URL unchanged if it is invalid, in which case it is
 * never called.
 */
export function endpointName(definition: Addressed): string {
  let name = names.get(definition);
  if (name === undefined) {
    name = endpointNameOf(definition.url) ?? definition.url;
    names.set(definition, name);
  }
  return name;
}

/**
 * Returns whether the account paused the endpoint of a definition. Settings of earlier releases may contain names that
 * are not normalised.
 */
export function isEndpointPaused(settings: AccountSettings, definition: Addressed): boolean {
  if (settings.pausedEndpoints.length === 0) return false;
  let endpoints = paused.get(settings);
  if (endpoints === undefined) {
    endpoints = new Set(settings.pausedEndpoints.map((url) => endpointNameOf(url) ?? url));
    paused.set(settings, endpoints);
  }
  return endpoints.has(endpointName(definition));
}
