import type { Caller } from '../call/caller.ts';
import { AccessTokens } from './access-tokens.ts';
import { createFetchToken } from './token-endpoint.ts';

/**
 * Time limit of a token request, from the DNS lookup to the last byte. Token endpoints usually respond within a second.
 */
const TOKEN_TIMEOUT_MS = 10_000;

/** Creates the token cache of a process. */
export function createAccessTokens({ caller }: { caller: Pick<Caller, 'call'> }): AccessTokens {
  return new AccessTokens({
    fetch: createFetchToken({ caller }, { timeoutMs: TOKEN_TIMEOUT_MS }),
    now: Date.now,
  });
}
