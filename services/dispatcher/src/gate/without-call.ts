import { failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import type { Delivery } from '../attempt/verdict.ts';
import type { NoCall } from './decide-gate.ts';

/** Returns the result of an attempt that the gate prevented. */
export function withoutCall(decision: NoCall): Delivery {
  if (decision.kind === 'superseded') return decision;
  if (decision.kind === 'park')
    return { kind: 'deferred', reason: 'paused', dueAt: decision.until, isParked: true };
  if (decision.kind === 'defer') return { ...decision, kind: 'deferred' };
  const isCancelled = decision.reason === 'cancelled' || decision.reason === 'disabled';
  const status = isCancelled ? 'cancelled' : 'error';
  return { kind: 'completed', status, failure: failureOf(decision.reason), attempt: null, answer: null };
}
