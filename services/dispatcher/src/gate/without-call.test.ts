import { expect, it } from '@jest/globals';
import type { NoCall } from './decide-gate.ts';
import { withoutCall } from './without-call.ts';

it('an attempt is superseded if an earlier owner has ended its execution', () => {
  const superseded: NoCall = { kind: 'superseded', reason: 'late_outcome' };
  expect(withoutCall(superseded)).toEqual(superseded);
});

it('an attempt is deferred until the time, and for the reason, that the gate returned', () => {
  expect(withoutCall({ kind: 'defer', reason: 'paused', dueAt: 5_000 })).toEqual({
    kind: 'deferred',
    reason: 'paused',
    dueAt: 5_000,
  });
});

it('a parked attempt is deferred as paused until it expires', () => {
  expect(withoutCall({ kind: 'park', until: 60_000 })).toEqual({
    kind: 'deferred',
    reason: 'paused',
    dueAt: 60_000,
    isParked: true,
  });
});

it.each([
  ['cancelled', 'cancelled', 'Webhook request was cancelled'],
  ['disabled', 'cancelled', 'Webhook action is disabled'],
  ['not_found', 'error', 'Webhook action not found'],
  ['expired', 'error', 'Webhook request expired before it could be delivered'],
] as const)(
  'the execution is completed as %s with status %s, without an attempt',
  (reason, status, errorMessage) => {
    expect(withoutCall({ kind: 'end', reason })).toEqual({
      kind: 'completed',
      status,
      failure: { errorType: reason, errorMessage },
      attempt: null,
      answer: null,
    });
  },
);
