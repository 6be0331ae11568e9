import { createHooklineClient, type HooklineClient } from '@hookline/client';
import type { Session } from '../session/session.ts';

const SAFE_METHODS = ['GET', 'HEAD'];

/** Adds the sender's credentials to a request. Returns that request, or another request to send in its place. */
export type Authorize = (request: Request) => Request;

/**
 * Creates the client that sends every request to the API.
 * @param onSessionEnd called with a request that was refused because its sender is no longer signed in
 */
export function createApi(authorize: Authorize, onSessionEnd: (request: Request) => void): HooklineClient {
  return createHooklineClient({
    baseUrl: location.origin,
    apiKey: null,
    fetch: async (request) => {
      const sent = authorize(request);
      const response = await fetch(sent);
      // The session has expired, or its key was revoked.
      if (response.status === 401) onSessionEnd(sent);
      return response;
    },
  });
}

/**
 * Returns a function that prepares requests that are authenticated by the session cookie: it adds the CSRF token of the
 * session to a request that changes something, and the account of this page if the person has several.
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
