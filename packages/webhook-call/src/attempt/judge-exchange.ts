import type { AttemptRequest, AttemptResponse } from '@hookline/shared/contracts/events';
import { applyMapping, type MappedFields } from '../mapping/apply-mapping.ts';
import { classify, type Outcome } from '../outcome/classify.ts';
import type { Failure } from '../outcome/error-catalogue.ts';
import { DEFAULT_STATUS_RULES, type StatusRules } from '../outcome/status-rules.ts';
import { attemptResponse } from '../outcome/stored-response.ts';
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
}

/**
 * @param now time at which the call ended, epoch ms
 * @param rules which statuses the webhook retries and counts as success
 */
export function judgeExchange(
  exchange: Exchange,
  now: number,
  shown: ShownRequest,
  rules: StatusRules = DEFAULT_STATUS_RULES,
): JudgedExchange {
  const { request, result } = exchange;
  const outcome = classifyExchange(exchange, now, rules);
  return {
    outcome,
    failure:
      outcome.status === 'success'
        ? null
        : { errorType: outcome.errorType, errorMessage: outcome.errorMessage },
    request: request && attemptRequest(request, shown),
    response: request && result.kind === 'response' ? attemptResponse(result, request.secrets, shown) : null,
    durationMs: result.durationMs ?? 0,
  };
}

function classifyExchange({ result, resend }: Exchange, now: number, rules: StatusRules): Outcome {
  const outcome = classify(result, now, rules);
  return resend && outcome.status !== 'success' ? { ...outcome, resend } : outcome;
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
