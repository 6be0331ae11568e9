import type { AttemptRedirect } from '@hookline/shared/contracts/events';
import { createSecretFilter } from '@hookline/credentials/secret-filter';
import { classify, type Outcome } from '../outcome/classify.ts';
import type { Failure } from '../outcome/error-catalogue.ts';
import { storedUrl } from '../outcome/stored-response.ts';
import type { Exchange } from './exchange-once.ts';

/**
 * Outcome of an attempt. It is cheap to determine for any response, because filtering and mapping the response is left
 * to `readAnswer`.
 */
export interface JudgedExchange {
  outcome: Outcome;
  /** Null on success. */
  failure: Failure | null;
  /** 0 if neither the endpoint nor a token endpoint was called. */
  durationMs: number;
  /** Redirects that were followed, in order. */
  redirects: AttemptRedirect[];
}

/** @param now time at which the call ended, epoch ms */
export function judgeExchange(exchange: Exchange, now: number): JudgedExchange {
  const outcome = classifyExchange(exchange, now);
  return {
    outcome,
    failure:
      outcome.status === 'success'
        ? null
        : { errorType: outcome.errorType, errorMessage: outcome.errorMessage },
    durationMs: exchange.result.durationMs ?? 0,
    redirects: storedRedirects(exchange),
  };
}

function classifyExchange(exchange: Exchange, now: number): Outcome {
  const { result, resend } = exchange;
  const outcome = classify(result, now, exchange.request ? exchange.rules : undefined);
  return resend && outcome.status !== 'success' ? { ...outcome, resend } : outcome;
}

/** Returns the redirects as history shows them: their URLs without the query, which often carries a credential. */
function storedRedirects({ request, result }: Exchange): AttemptRedirect[] {
  if (!request || !result.redirects) return [];
  const secrets = createSecretFilter(request.secretTexts);
  return result.redirects.map((redirect) => ({ ...redirect, url: storedUrl(redirect.url, secrets) }));
}
