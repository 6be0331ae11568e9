import { createHooklineClient, type HooklineClient } from '@hookline/client';
import type { Session } from '../session/session.ts';

const SAFE_METHODS = ['GET', 'HEAD'];

/** Says who sends a request. Returns it, or one to send instead. */
export type Authorize = (request: Request) => Request;

/**
 * Creates the only door to the API.
 * @param onSessionEnd called with a request that was refused because its sender is not signed in any more
 */
export function createApi(authorize: Authorize, onSessionEnd: (request: Request) => void): HooklineClient {
  return createHooklineClient({
    baseUrl: location.origin,
    apiKey: null,
    fetch: async (request) => {
      const sent = authorize(request);
      const response = await fetch(sent);
      // Its time is over, or its key was revoked.
      if (response.status === 401) onSessionEnd(sent);
      return response;
    },
  });
}

/**
 * The cookie authenticates, and what changes something carries the token of the session. A person with several accounts
 * names the one of this page.
 */
export function bySession(
  { csrf, accounts }: Pick<Session, 'csrf' | 'accounts'>,
  accountId: string | null,
): Authorize {
  return (request) => {
    if (!SAFE_METHODS.includes(request.method)) request.headers.set('x-hookline-csrf', csrf);
    if (accounts.length > 1 && accountId !== null) {
      request.headers.set('x-hookline-account', encodeURIComponent(accountId));
    }
    return request;
  };
}
