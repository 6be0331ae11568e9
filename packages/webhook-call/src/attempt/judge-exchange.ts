import { classify, type Outcome } from '../outcome/classify.ts';
import type { Failure } from '../outcome/error-catalogue.ts';
import type { Exchange } from './exchange-once.ts';

/** Outcome of an attempt. Cheap whatever the response: `readAnswer` filters and maps it afterwards. */
export interface JudgedExchange {
  outcome: Outcome;
  /** Null on success. */
  failure: Failure | null;
  /** 0 if neither the endpoint nor a token endpoint was called. */
  durationMs: number;
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
  };
}

function classifyExchange({ result, resend }: Exchange, now: number): Outcome {
  const outcome = classify(result, now);
  return resend && outcome.status !== 'success' ? { ...outcome, resend } : outcome;
}
