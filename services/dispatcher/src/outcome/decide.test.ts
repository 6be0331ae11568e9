import { describe, expect, it } from '@jest/globals';
import { aWebhookDefinition, aWebhookRequested } from '@hookline/testkit/builders';
import type { Exchange } from '@hookline/webhook-call/attempt/exchange-once';
import { judgeExchange } from '@hookline/webhook-call/attempt/judge-exchange';
import { readExchange } from '@hookline/webhook-call/testing/read-exchange';
import { prepare } from '@hookline/webhook-call/testing/test-caller';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import { decide, type EndedCall } from './decide.ts';

const STARTED_AT = 1_800_000_000_000;
const ENDED_AT = STARTED_AT + 40;
const USUAL = { isCancelled: false, random: 0, baseWaitMs: 5_000 };

function pending(overrides: Partial<PendingAttempt> = {}): PendingAttempt {
  return {
    request: aWebhookRequested(),
    acceptedAt: STARTED_AT,
    expiresAt: STARTED_AT + 3_600_000,
    attempt: 1,
    dueAt: STARTED_AT,
    reason: null,
    deferrals: 0,
    firstAttemptAt: null,
    receivedAt: STARTED_AT - 25,
    traceparent: undefined,
    parkedBehind: null,
    overflowUntil: null,
    refusal: null,
    snapshot: null,
    ...overrides,
  };
}

/** A call whose response has this status. */
function answered(status: number, changes: Partial<EndedCall> = {}): EndedCall {
  const body = Buffer.from('{"id":7}');
  const read = { body, bodyBytes: body.length, bodyBytesRead: body.length, truncated: false };
  const exchange: Exchange = {
    request: prepare('http://127.0.0.1/hook'),
    result: { kind: 'response', status, headers: { 'x-own': 'yes' }, ...read, durationMs: 40 },
    resend: false,
  };
  const judged = judgeExchange(exchange, ENDED_AT);
  const answer = readExchange(exchange, judged.outcome, {
    shown: { storeBodies: true },
    responseMapping: { id: '$.id' },
  });
  const definition = aWebhookDefinition({ version: 3, retryMaxAttempts: 2 });
  const times = { startedAt: STARTED_AT, endedAt: ENDED_AT, queuePosition: null };
  return { definition, answer, judged, ...times, ...changes };
}

describe('decide', () => {
  it('completes the execution of a successful call with the response and the mapped fields', () => {
    expect(decide(pending(), answered(200), USUAL)).toMatchObject({
      kind: 'completed',
      status: 'success',
      failure: null,
      attempt: {
        definitionVersion: 3,
        status: 'success',
        startedAt: STARTED_AT,
        durationMs: 40,
        queuedMs: 25,
      },
      answer: { status: 200, headers: { 'x-own': 'yes' }, body: '{"id":7}', mappedFields: { id: '7' } },
    });
  });

  it.each([
    { attempt: 1, random: 0, waitMs: 5_000 },
    { attempt: 2, random: 0, waitMs: 15_000 },
    { attempt: 2, random: 0.5, waitMs: 15_250 },
  ])(
    'retries a failed call after a wait that begins when the call ends: $waitMs ms after attempt $attempt',
    ({ attempt, random, waitMs }) => {
      const verdict = decide(pending({ attempt }), answered(500), { ...USUAL, random });
      expect(verdict).toMatchObject({
        kind: 'retry',
        dueAt: ENDED_AT + waitMs,
        attempt: { status: 'error' },
      });
    },
  );

  it.each([
    { cause: 'the last retry has failed', attempt: 3, status: 500, errorType: 'server_error' },
    { cause: 'a retry would not help', attempt: 1, status: 404, errorType: 'client_error' },
  ])('ends the execution of a failed call if $cause', ({ attempt, status, errorType }) => {
    expect(decide(pending({ attempt }), answered(status), USUAL)).toMatchObject({
      kind: 'completed',
      status: 'error',
      failure: { errorType },
      answer: { status, mappedFields: {} },
    });
  });

  it('uses the retry policy of the request rather than that of the definition', () => {
    const retryPolicy = { maxRetries: 5, baseMs: 1_000, factor: 2 };
    const attempt = pending({ attempt: 3, request: aWebhookRequested({ retryPolicy }) });
    expect(decide(attempt, answered(500), USUAL)).toMatchObject({ kind: 'retry', dueAt: ENDED_AT + 4_000 });
  });

  it('keeps the success of a call during which its execution was cancelled, and otherwise ends the execution as cancelled', () => {
    const cancelled = { ...USUAL, isCancelled: true };
    expect(decide(pending(), answered(500), cancelled)).toMatchObject({
      kind: 'completed',
      status: 'cancelled',
      failure: { errorType: 'cancelled' },
      attempt: { status: 'error', failure: { errorType: 'server_error' } },
      answer: { status: 500 },
    });
    expect(decide(pending(), answered(200), cancelled)).toMatchObject({ status: 'success' });
  });
});

describe('the queue position of an attempt', () => {
  it.each([
    { parkedBehind: null, queuePosition: null, place: null },
    { parkedBehind: null, queuePosition: 4, place: 4 },
    { parkedBehind: 0, queuePosition: null, place: 1 },
    { parkedBehind: 10, queuePosition: null, place: 11 },
    { parkedBehind: 10, queuePosition: 3, place: 13 },
  ])(
    'is $place if the record was parked behind $parkedBehind and then queued at $queuePosition',
    ({ parkedBehind, queuePosition, place }) => {
      const verdict = decide(pending({ parkedBehind }), answered(200, { queuePosition }), USUAL);
      expect(verdict).toMatchObject({ attempt: { queuePosition: place } });
    },
  );
});
