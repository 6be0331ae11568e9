import type { AttemptRedirect, AttemptRequest, AttemptResponse } from '@hookline/shared/contracts/events';
import { applyMapping, type MappedFields } from '../mapping/apply-mapping.ts';
import { classify, type Outcome } from '../outcome/classify.ts';
import type { Failure } from '../outcome/error-catalogue.ts';
import { attemptResponse, storedUrl } from '../outcome/stored-response.ts';
import { attemptRequest, type ShownRequest } from '../request/attempt-request.ts';
import type { Compilation } from '../request/compile-definition.ts';
import type { Exchange } from './exchange-once.ts';

/** Outcome of an attempt, with what history shows: credentials redacted, secrets filtered, bodies truncated. */
export interface JudgedExchange {
  outcome: Outcome;
  /** Null on success. */
  failure: Failure | null;
  /** Null if no request could be built. */
  request: AttemptRequest | null;
  /** Null if no response arrived. */
  response: AttemptResponse | null;
  /** 0 if neither the endpoint nor a token endpoint was called. */
  durationMs: number;
  /** Redirects that were followed, in order. */
  redirects: AttemptRedirect[];
}

/** @param now time at which the call ended, epoch ms */
export function judgeExchange(exchange: Exchange, now: number, shown: ShownRequest): JudgedExchange {
  const { request, result } = exchange;
  const outcome = classifyExchange(exchange, now);
  return {
    outcome,
    failure:
      outcome.status === 'success'
        ? null
        : { errorType: outcome.errorType, errorMessage: outcome.errorMessage },
    request: request && attemptRequest(request, shown),
    response: request && result.kind === 'response' ? attemptResponse(result, request.secrets, shown) : null,
    durationMs: result.durationMs ?? 0,
    redirects: storedRedirects(exchange),
  };
}

function classifyExchange(exchange: Exchange, now: number): Outcome {
  const { result, resend } = exchange;
  const outcome = classify(result, now, exchange.request ? exchange.rules : undefined);
  return resend && outcome.status !== 'success' ? { ...outcome, resend } : outcome;
}

/** Returns the redirects as history shows them: their URLs without query, which often carries a credential. */
function storedRedirects({ request, result }: Exchange): AttemptRedirect[] {
  if (!request) return [];
  const { redirects = [] } = result;
  return redirects.map((redirect) => ({ ...redirect, url: storedUrl(redirect.url, request.secrets) }));
}

/** Applies the definition's mapping to the response; only a successful response is mapped. */
export function mapResponse(
  { request, result }: Exchange,
  outcome: Outcome,
  compilation: Compilation,
): MappedFields {
  const isMapped =
    request && result.kind === 'response' && outcome.status === 'success' && compilation.kind === 'compiled';
  return isMapped ? applyMapping(compilation.mapping, result, request.secrets) : { fields: {}, errors: {} };
}
