import { createHooklineClient, type HooklineClient } from '@hookline/client';
import type { Session } from '../session/session.ts';

const SAFE_METHODS = ['GET', 'HEAD'];

/** Creates the only door to the API: the cookie authenticates, and what changes something carries the token of the session. */
export function createApi({ csrf }: Pick<Session, 'csrf'>): HooklineClient {
  return createHooklineClient({
    baseUrl: location.origin,
    apiKey: null,
    fetch: (request) => {
      if (!SAFE_METHODS.includes(request.method)) request.headers.set('x-hookline-csrf', csrf);
      return fetch(request);
    },
  });
}
