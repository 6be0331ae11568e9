import { expect, test } from '@jest/globals';
import { aWebhookCompleted, anAttemptDue, aWebhookRequested } from '@hookline/testkit/builders';
import { admit } from './admission.ts';

const NOW = Date.parse('2026-03-31T12:00:00Z');
const DAY_MS = 86_400_000;
const admitted = (acceptedAt: number): string =>
  admit({ kind: 'completed', event: aWebhookCompleted({ acceptedAt }) }, { now: NOW, historyDays: 30 })
    .verdict;

test('admit keeps events from the oldest kept day up to one day ahead of the clock', () => {
  expect(admitted(NOW)).toBe('keep');
  expect(admitted(Date.parse('2026-03-01T00:00:00Z'))).toBe('keep');
  expect(admitted(Date.parse('2026-03-01T00:00:00Z') - 1)).toBe('expired');
  expect(admitted(NOW + DAY_MS)).toBe('keep');
  expect(admitted(NOW + DAY_MS + 1)).toBe('refused');
});

test('admit also handles times that a Date cannot represent', () => {
  expect(admitted(Number.MAX_SAFE_INTEGER)).toBe('refused');
  expect(admitted(Number.MIN_SAFE_INTEGER)).toBe('expired');
});

test('admit uses the append time of a request, and the acceptedAt of a wait', () => {
  const options = { now: NOW, historyDays: 30 };
  const event = aWebhookRequested({ requestedAt: 0 });
  expect(admit({ kind: 'requested', event, acceptedAt: NOW }, options).verdict).toBe('keep');
  expect(
    admit({ kind: 'delayed', event: anAttemptDue({ acceptedAt: 0 }), appendedAt: 0 }, options).verdict,
  ).toBe('expired');
});
