import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { RequestIds } from '@hookline/shared/contracts/peek-request';
import { endpointName } from '../definitions/endpoint-name.ts';
import { type SlotLimits, slotLimits } from '../definitions/slot-limits.ts';

interface EndpointOfRequestDeps {
  definitions: {
    definition(actionId: string): WebhookDefinition | undefined;
    settings(accountId: string): AccountSettings | undefined;
  };
}

/**
 * Returns the endpoint of a request and its maximum number of calls in flight. If the action is unknown or
 * belongs to another account, the request waits in a queue named after the action, and is refused or deferred once it
 * is opened.
 */
export function endpointOfRequest(
  { accountId, actionId }: RequestIds,
  { definitions }: EndpointOfRequestDeps,
  defaults: SlotLimits,
): { endpoint: string; maxInFlight: number } {
  const definition = definitions.definition(canonicalId(actionId));
  const isOurs = definition?.accountId === accountId;
  const { endpoint: maxInFlight } = slotLimits(definitions.settings(accountId), defaults);
  return { endpoint: isOurs ? endpointName(definition) : `action ${actionId}`, maxInFlight };
}
