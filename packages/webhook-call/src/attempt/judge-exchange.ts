import { classify, type Outcome } from '../outcome/classify.ts';
import type { Failure } from '../outcome/error-catalogue.ts';
import type { Exchange } from './exchange-once.ts';

/** What an attempt means. Cheap whatever was answered: the answer itself is read afterwards, by `readAnswer`. */
export interface JudgedExchange {
  outcome: Outcome;
  /** Null on success. */
  failure: Failure | null;
  /** 0 where no call was made. */
  durationMs: number;
}

/** @param now when the call ended, epoch ms */
export function judgeExchange(exchange: Exchange, now: number): JudgedExchange {
  const outcome = judged(exchange, now);
  return {
    outcome,
    failure:
      outcome.status === 'success'
        ? null
        : { errorType: outcome.errorType, errorMessage: outcome.errorMessage },
    durationMs: exchange.result.durationMs ?? 0,
  };
}

function judged({ result, resend }: Exchange, now: number): Outcome {
  const outcome = classify(result, now);
  return resend && outcome.status !== 'success' ? { ...outcome, resend } : outcome;
}
