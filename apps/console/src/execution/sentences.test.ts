import { expect, test } from '@jest/globals';
import { sentenceOf, summaryOf } from './sentences.ts';
import type { AttemptStep, WaitStep } from './time-axis.ts';

const wait: WaitStep = {
  kind: 'wait',
  attempt: 1,
  from: 0,
  until: 45_000,
  reason: 'rate_limited',
  count: 1,
  waitedMs: 45_000,
  endsAt: null,
};
const attempt: AttemptStep = {
  kind: 'attempt',
  attempt: 2,
  from: 0,
  until: 120,
  status: 'error',
  errorType: 'server_error',
  responseStatus: 503,
  durationMs: 120,
};

/** Replaces the non-breaking spaces between numbers and units with plain spaces. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test.each([
  [wait, 'Waited 45.0 s for the rate limit'],
  [{ ...wait, count: 3 }, 'Waited 45.0 s for the rate limit, in 3 waits'],
  [
    { ...wait, reason: 'circuit_open', endsAt: 60_000 },
    'Has waited 45.0 s because the circuit of the endpoint was open; ends in 50.0 s at the latest',
  ],
  [{ ...wait, reason: 'constructor' }, 'Waited 45.0 s constructor'],
  [attempt, 'Attempt 2: 503 after 120 ms'],
  [{ ...attempt, responseStatus: null, errorType: 'network_error' }, 'Attempt 2: network_error after 120 ms'],
  [{ ...attempt, kind: 'queue' as const, queuedMs: 800 }, 'Attempt 2 queued 800 ms in the dispatcher'],
])('a step is described in words', (step, sentence) => {
  expect(plain(sentenceOf(step, 10_000))).toBe(sentence);
});

test('a summary lists the parts that took long, the longest first, and omits the rest', () => {
  const totals = {
    waits: [
      { reason: 'circuit_open', ms: 478_000 },
      { reason: 'rate_limited', ms: 45_000 },
    ],
    queuedMs: 300,
    callsMs: 100_000,
    calls: 3,
    otherMs: 0,
  };
  const axis = { startAt: 0, lengthMs: 660_000, isOpen: false, steps: [], ticks: [], totals };
  expect(plain(summaryOf(axis))).toBe(
    'It took 11 min 0 s: 7 min 58 s waiting because the circuit of the endpoint was open, 1 min 40 s in 3 calls, 45.0 s waiting for the rate limit.',
  );
  const nothing = { waits: [], queuedMs: 0, callsMs: 0, calls: 0, otherMs: 0 };
  const running = summaryOf({ ...axis, isOpen: true, lengthMs: 2_000, totals: nothing });
  expect(running).toBe('It has been running for 2.0\u00a0s.');
});
