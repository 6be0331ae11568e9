import type { Caller } from '../call/caller.ts';
import { AccessTokens } from './access-tokens.ts';
import { createFetchToken } from './token-endpoint.ts';

/** Bound of a request for a token, from before DNS to the last byte: token endpoints answer within a second. */
const TOKEN_TIMEOUT_MS = 10_000;

/** The access tokens of a process. */
export function createAccessTokens({ caller }: { caller: Pick<Caller, 'call'> }): AccessTokens {
  return new AccessTokens({
    fetch: createFetchToken({ caller }, { timeoutMs: TOKEN_TIMEOUT_MS }),
    now: Date.now,
  });
}
