import type { Caller } from '../call/caller.ts';
import { AccessTokens } from './access-tokens.ts';
import { createFetchToken } from './token-endpoint.ts';

/** Time limit of a token request, from before DNS to the last byte. Token endpoints usually answer within a second. */
const TOKEN_TIMEOUT_MS = 10_000;

/** Creates the token cache of a process. */
export function createAccessTokens({ caller }: { caller: Pick<Caller, 'call'> }): AccessTokens {
  return new AccessTokens({
    fetch: createFetchToken({ caller }, { timeoutMs: TOKEN_TIMEOUT_MS }),
    now: Date.now,
  });
}
