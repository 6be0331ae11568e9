import { createHooklineClient, type HooklineClient } from '@hookline/client';
import type { Session } from '../session/session.ts';

const SAFE_METHODS = ['GET', 'HEAD'];

/** Creates the only door to the API: the cookie authenticates, and what changes something carries the token of the session. */
export function createApi({ csrf }: Pick<Session, 'csrf'>, onSessionEnd: () => void): HooklineClient {
  return createHooklineClient({
    baseUrl: location.origin,
    apiKey: null,
    fetch: async (request) => {
      if (!SAFE_METHODS.includes(request.method)) request.headers.set('x-hookline-csrf', csrf);
      const response = await fetch(request);
      // Its time is over, or its key was revoked.
      if (response.status === 401) onSessionEnd();
      return response;
    },
  });
}
