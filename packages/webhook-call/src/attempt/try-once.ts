import type { AccessTokens } from '../authentication/access-tokens.ts';
import { authenticate } from '../authentication/authenticate.ts';
import type { Caller, CallOptions } from '../call/caller.ts';
import type { CallResult } from '../call/call-result.ts';
import type { Compilation } from '../request/compile-definition.ts';
import {
  type CallSecrets,
  type PreparedRequest,
  type PrepareInput,
  prepareRequest,
  type RefusedRequest,
} from '../request/prepare-request.ts';

/** One attempt: what is sent, what fills it, and how long the call may take. */
export interface AttemptInput extends CallOptions, Omit<PrepareInput, 'authentication' | 'signing'> {
  compilation: Compilation;
  /** Where access tokens come from. */
  tokens: Pick<AccessTokens, 'of'>;
  /** Opens the secrets of the definition for the time of `use`, or says why they do not open. */
  withSecrets: <T>(use: (secrets: CallSecrets) => T | Promise<T>) => Promise<T | RefusedRequest>;
}

/** The request as it was sent and what came of it; or why there is none. */
export type Tried =
  | {
      request: PreparedRequest;
      result: CallResult;
      /** The endpoint answered 401 to an access token, and the next attempt gets another one. */
      resend: boolean;
    }
  | { request: null; result: RefusedRequest; resend: false };

/**
 * Makes one attempt: opens the secrets, builds the request, sends it behind the guard. The dispatcher and the test
 * call both come through here, so that a test call is the real thing. Resolves at the last body byte.
 */
export async function tryOnce(caller: Pick<Caller, 'call'>, input: AttemptInput): Promise<Tried> {
  const { compilation, tokens, withSecrets, accountId, timeoutMs, sslVerify, ...filling } = input;
  const request = await withSecrets(async ({ credential, signing }) => {
    const authentication = await authenticate(compilation, credential, tokens.of({ accountId, timeoutMs }));
    if (authentication && 'kind' in authentication) return authentication;
    return prepareRequest(compilation, { ...filling, authentication, signing });
  });
  if (request.kind === 'refused') return { request: null, result: request, resend: false };
  const leftMs = Math.max(1, timeoutMs - request.waitedMs);
  const result = await caller.call(request, { accountId, timeoutMs: leftMs, sslVerify });
  return {
    request,
    result,
    resend: result.kind === 'response' && result.status === 401 && request.refused(),
  };
}
