import { endpointStatesKey, readEndpointStates } from '@hookline/shared/contracts/endpoint-state';
import type { WebhookEndpointList } from '@hookline/shared/contracts/rest/webhook-endpoints';
import { type RedisClient, RedisUnavailableError } from '@hookline/shared/runtime/redis-client';
import type { Page } from '../http/page.ts';
import { ProblemError } from '../http/problem-error.ts';
import { type AccountPauses } from './account-pauses.ts';
import { endpointList } from './endpoint-view.ts';

/** Time limit for a response of Redis, in ms. Longer than usual, because no webhook call waits for the list. */
export const ENDPOINTS_ANSWER_MS = 1_000;

/**
 * Lists the endpoints of an account, as dispatchers last wrote them.
 * @throws ProblemError 503 while Redis is unavailable
 */
export type ListEndpoints = (accountId: string, page: Page) => Promise<WebhookEndpointList>;

export function createListEndpoints(deps: {
  redis: RedisClient;
  pauses: { find(accountId: string): Promise<AccountPauses> };
  now: () => number;
}): ListEndpoints {
  return async (accountId, page) => {
    const [fields] = await deps.redis.send(['hgetall', endpointStatesKey(accountId)]).catch(refuse);
    const now = deps.now();
    const states = readEndpointStates(Object.entries(fields as Record<string, string>), now);
    return endpointList(states.endpoints, page, { now, pauses: await deps.pauses.find(accountId) });
  };
}

function refuse(cause: unknown): never {
  if (!(cause instanceof RedisUnavailableError)) throw cause;
  throw new ProblemError(
    503,
    'unavailable',
    'Breaker and queue states are unavailable: Redis does not respond. Webhook delivery is not affected; try again in a few seconds',
    { headers: { 'retry-after': '5' }, cause },
  );
}
