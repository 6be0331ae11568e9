import type { PendingAttempt } from '../attempt/pending-attempt.ts';

/** Returns the record headers that pass on an attempt's trace context. */
export function traceHeaders({ traceparent }: Pick<PendingAttempt, 'traceparent'>): Record<string, string> {
  return traceparent === undefined ? {} : { traceparent };
}
