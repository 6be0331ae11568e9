import type { PendingAttempt } from '../attempt/pending-attempt.ts';

/** Record headers that carry the trace context of an attempt on. */
export function traceHeaders({ traceparent }: Pick<PendingAttempt, 'traceparent'>): Record<string, string> {
  return traceparent === undefined ? {} : { traceparent };
}
