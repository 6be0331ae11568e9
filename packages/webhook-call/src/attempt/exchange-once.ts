import type { AccessTokens } from '../authentication/access-tokens.ts';
import { authenticate } from '../request/authenticate.ts';
import type { Caller, CallOptions } from '../call/caller.ts';
import type { CallResult } from '../call/call-result.ts';
import type { OpenedSecrets } from '../request/open-secrets.ts';
import type { PreparedRequest } from '../call/prepared-request.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import { type FinishInput, finishRequest } from '../request/prepare-request.ts';
import type { RenderedRequest } from '../request/render-request.ts';

/** One attempt: what is sent, what fills it, and how long the call may take. */
export interface ExchangeInput extends CallOptions, Omit<FinishInput, 'authentication' | 'signing'> {
  /** What the templates of the definition make, or why they make nothing. */
  rendering: RenderedRequest | RefusedRequest;
  /** Where access tokens come from. */
  tokens: Pick<AccessTokens, 'of'>;
  /** Opens the secrets of the definition, or says why they do not open. */
  openSecrets: () => Promise<OpenedSecrets | RefusedRequest>;
}

/** The request as it was sent and what came of it; or why there is none. */
export type Exchange =
  | {
      request: PreparedRequest;
      result: CallResult;
      /** The endpoint answered 401 to an access token, and the next attempt gets another one. */
      resend: boolean;
    }
  | { request: null; result: RefusedRequest; resend: false };

/**
 * Makes one attempt: opens the secrets, finishes the rendered request, sends it behind the guard. The dispatcher and the test
 * call both come through here, so that a test call is the real thing. Resolves at the last body byte.
 */
export async function exchangeOnce(caller: Pick<Caller, 'call'>, input: ExchangeInput): Promise<Exchange> {
  const { accountId, timeoutMs, sslVerify } = input;
  const request = await buildRequest(input);
  if (request.kind === 'refused') return { request: null, result: request, resend: false };
  // The wait for an access token counts within the timeout.
  const leftMs = Math.max(1, timeoutMs - request.waitedMs);
  const result = await caller.call(request, { accountId, timeoutMs: leftMs, sslVerify });
  const resend = result.kind === 'response' && result.status === 401 && request.refused();
  return { request, result, resend };
}

/** The secrets are in clear in here alone. */
async function buildRequest(input: ExchangeInput): Promise<PreparedRequest | RefusedRequest> {
  const { rendering, tokens, openSecrets, accountId, timeoutMs, executionId, attempt } = input;
  const opened = await openSecrets();
  if ('kind' in opened) return opened;
  using secrets = opened;
  if (rendering.kind === 'refused') return rendering;
  const { credential, signing } = secrets;
  const authentication = await authenticate(rendering.auth, credential, tokens.of({ accountId, timeoutMs }));
  if (authentication && 'kind' in authentication) return authentication;
  return finishRequest(rendering, { executionId, attempt, authentication, signing });
}
