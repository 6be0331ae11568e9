import type { AccessTokens } from '../authentication/access-tokens.ts';
import { authenticate } from '../request/authenticate.ts';
import type { Caller, CallOptions } from '../call/caller.ts';
import type { CallResult } from '../call/call-result.ts';
import type { OpenedSecrets } from '../request/open-secrets.ts';
import type { PreparedRequest } from '../call/prepared-request.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import { type FinishInput, finishRequest } from '../request/prepare-request.ts';
import type { RenderedRequest } from '../request/render-request.ts';

/** Input of one attempt: the rendered request and the options of the call. */
export interface ExchangeInput extends CallOptions, Omit<FinishInput, 'authentication' | 'signing'> {
  /** The request with its templates filled, or the reason why it cannot be rendered. */
  rendering: RenderedRequest | RefusedRequest;
  /** Source of access tokens. */
  tokens: Pick<AccessTokens, 'of'>;
  /**
   * Opens the definition's secrets, or returns the reason why they will never open.
   * @throws SealError if they may open later
   */
  openSecrets: () => Promise<OpenedSecrets | RefusedRequest>;
}

/** The request as sent and the result of its call, or the reason why no request could be built. */
export type Exchange =
  | {
      request: PreparedRequest;
      result: CallResult;
      /** Whether the endpoint rejected the access token with 401 and the next attempt gets another one. */
      resend: boolean;
    }
  | { request: null; result: RefusedRequest; resend: false };

/**
 * Makes one attempt: opens the secrets, finishes the request and sends it through the destination guard. Both the
 * dispatcher and test calls use it, so that a test call behaves like a delivery. Resolves at the last body
 * byte.
 * @throws SealError if a secret may open later; then nothing was sent
 */
export async function exchangeOnce(caller: Pick<Caller, 'call'>, input: ExchangeInput): Promise<Exchange> {
  const { accountId, timeoutMs, sslVerify } = input;
  const request = await buildRequest(input);
  if (request.kind === 'refused') return { request: null, result: request, resend: false };
  // Time spent waiting for an access token counts towards the timeout.
  const leftMs = Math.max(1, timeoutMs - request.waitedMs);
  const result = await caller.call(request, { accountId, timeoutMs: leftMs, sslVerify });
  const resend = result.kind === 'response' && result.status === 401 && request.refused();
  return { request, result, resend };
}

/** Opens the secrets, builds the request, and disposes of the opened secrets before it returns. */
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
