import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { AccessTokens } from '../authentication/access-tokens.ts';
import { authenticate } from '../request/authenticate.ts';
import { callFollowing, leftOrigin } from './call-following.ts';
import type { Caller, CallOptions } from '../call/caller.ts';
import type { CallResult } from '../call/call-result.ts';
import type { OpenedSecrets } from '../request/open-secrets.ts';
import type { PreparedRequest } from '../call/prepared-request.ts';
import type { RefusedRequest } from '../outcome/classify.ts';
import { type StatusRules, statusRulesOf } from '../outcome/status-rules.ts';
import { type FinishInput, finishRequest } from '../request/prepare-request.ts';
import type { RenderedRequest } from '../request/render-request.ts';

/** Input of one attempt: the rendered request, the options of the call, and the sources of secrets and tokens. */
export interface ExchangeInput extends CallOptions, Omit<FinishInput, 'authentication' | 'signing'> {
  /** The request with its templates filled, or the reason why it cannot be rendered. */
  rendering: RenderedRequest | RefusedRequest;
  /**
   * Choices that decide whether redirects are followed, how statuses are classified, and whether any method may
   * be sent again after the endpoint closed a kept connection.
   */
  choices: Pick<WebhookDefinition, 'followRedirects' | 'retryOn' | 'successOn' | 'resendOnReset'>;
  /** Source of access tokens. */
  tokens: Pick<AccessTokens, 'of'>;
  /**
   * Opens the definition's secrets, or returns the reason why they can never be opened.
   * @throws SealError if opening them may succeed later
   */
  openSecrets: () => Promise<OpenedSecrets | RefusedRequest>;
}

/** The request as sent and the result of its call, or the reason why no request could be built. */
export type Exchange =
  | {
      request: PreparedRequest;
      result: CallResult;
      /**
       * Whether to send again immediately: the endpoint rejected the access token with 401 and the next attempt will
       * use another token, or it closed a kept connection and the request may be repeated (ADR 33).
       */
      resend: boolean;
      /** Rules for which statuses are retried and which succeed; by default, the rules of R-007. */
      rules?: StatusRules;
    }
  | { request: null; result: RefusedRequest; resend: false };

/**
 * Makes one attempt: opens the secrets, finishes the request and sends it through the destination guard. Both the
 * dispatcher and test calls use this function, so that a test call behaves like a delivery. Resolves at the
 * last byte of the response body.
 * @throws SealError if opening a secret may succeed later; nothing has been sent in this case
 */
export async function exchangeOnce(caller: Pick<Caller, 'call'>, input: ExchangeInput): Promise<Exchange> {
  const { accountId, timeoutMs, sslVerify, choices } = input;
  const request = await buildRequest(input);
  if (request.kind === 'refused') return { request: null, result: request, resend: false };
  // Time spent waiting for an access token counts towards the timeout.
  const leftMs = Math.max(1, timeoutMs - request.waitedMs);
  const options = { accountId, timeoutMs: leftMs, sslVerify };
  const rules = statusRulesOf(choices);
  const { followRedirects } = choices;
  const result = await callFollowing(caller, request, options, { followRedirects, rules });
  return { request, result, resend: mayResend(request, result, choices), rules };
}

/**
 * Methods that may be repeated, because several identical requests have the same effect as one (RFC 9110, section
 * 9.2.2).
 */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE']);

function mayResend(
  request: PreparedRequest,
  result: CallResult,
  { resendOnReset }: Pick<ExchangeInput['choices'], 'resendOnReset'>,
): boolean {
  if (result.kind === 'response')
    return result.status === 401 && !leftOrigin(request, result) && request.refused();
  return result.keptConnectionClosed && (resendOnReset || IDEMPOTENT.has(request.method));
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
