import type { RequestIds } from '@hookline/shared/contracts/peek-request';
import type { DefinitionView } from '../definitions/definition-view.ts';
import { endpointName } from '../definitions/endpoint-name.ts';
import { type SlotLimits, slotLimits } from '../definitions/slot-limits.ts';

interface EndpointOfRequestDeps {
  definitions: Pick<DefinitionView, 'definition' | 'settings'>;
}

/**
 * The endpoint that a request is for and the calls in flight it may have. A request whose action is unknown, or
 * another account's, is queued by its action: it will be refused or deferred when it is opened.
 */
export function endpointOfRequest(
  { accountId, actionId }: RequestIds,
  { definitions }: EndpointOfRequestDeps,
  defaults: SlotLimits,
): { endpoint: string; maxInFlight: number } {
  const definition = definitions.definition(actionId);
  const isOurs = definition?.accountId === accountId;
  const { endpoint: maxInFlight } = slotLimits(definitions.settings(accountId), defaults);
  return { endpoint: isOurs ? endpointName(definition.url) : `action ${actionId}`, maxInFlight };
}
