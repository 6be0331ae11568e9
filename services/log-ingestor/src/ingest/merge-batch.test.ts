import { describe, expect, test } from '@jest/globals';
import {
  aWebhookAttempt,
  aWebhookCompleted,
  aWebhookRequested,
  anAttemptDue,
} from '@hookline/testkit/builders';
import * as fc from 'fast-check';
import type { HistoryEvent } from './history-event.ts';
import { mergeBatch, REPEAT_WINDOW_MS } from './merge-batch.ts';

const ACCEPTED_AT = Date.parse('2026-03-01T12:00:00Z');
const request = aWebhookRequested({ accountId: 'account_a', executionId: 'execution_1' });
const { accountId, executionId, actionId, requestedAt } = request;
const run = { accountId, executionId, actionId, requestedAt, acceptedAt: ACCEPTED_AT };

const requested: HistoryEvent = { kind: 'requested', event: request, acceptedAt: ACCEPTED_AT };
const failed: HistoryEvent = {
  kind: 'attempt',
  event: aWebhookAttempt({
    ...run,
    status: 'error',
    errorType: 'server_error',
    nextAttemptAt: ACCEPTED_AT + 5_000,
  }),
};
const delayed: HistoryEvent = {
  kind: 'delayed',
  event: anAttemptDue({ request, acceptedAt: ACCEPTED_AT }),
  appendedAt: ACCEPTED_AT + 100,
};
const deferred: HistoryEvent = {
  kind: 'delayed',
  event: anAttemptDue({ request, acceptedAt: ACCEPTED_AT, deferrals: 1, reason: 'rate_limited' }),
  appendedAt: ACCEPTED_AT + 5_100,
};
const retried: HistoryEvent = { kind: 'attempt', event: aWebhookAttempt({ ...run, attempt: 2 }) };
const completed: HistoryEvent = { kind: 'completed', event: aWebhookCompleted({ ...run, attempts: 2 }) };
const life = [requested, failed, delayed, deferred, retried, completed];

describe('one run', () => {
  test('becomes one execution row and a row for each attempt', () => {
    const { executions, attempts } = mergeBatch(life);
    expect(executions).toHaveLength(1);
    expect(executions[0]).toMatchObject({ ...run, status: 'success', attempts: 2, context: request.context });
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test('becomes the same rows, however its events are ordered and repeated', () => {
    const inOrder = mergeBatch(life);
    const anyOrder = fc
      .array(fc.constantFrom(...life), { maxLength: 6 })
      .chain((extra) => fc.shuffledSubarray([...life, ...extra], { minLength: life.length + extra.length }));
    fc.assert(fc.property(anyOrder, (shuffled) => expect(mergeBatch(shuffled)).toEqual(inOrder)));
  });

  test('has a wait for each record of webhook.delayed, from its append until the attempt is due', () => {
    const wait = { accountId, executionId, acceptedAt: ACCEPTED_AT, attempt: 2 };
    expect(mergeBatch(life).waits).toEqual([
      {
        ...wait,
        reason: 'retry',
        deferrals: 0,
        startedAt: ACCEPTED_AT + 100,
        until: ACCEPTED_AT + 5_000,
      },
      {
        ...wait,
        reason: 'rate_limited',
        deferrals: 1,
        startedAt: ACCEPTED_AT + 5_100,
        until: ACCEPTED_AT + 5_000,
      },
    ]);
  });

  test('keeps the first of two attempts with the same number', () => {
    const again = { ...failed, event: { ...failed.event, errorType: 'timeout_error' } } as HistoryEvent;
    expect(mergeBatch([failed, again]).attempts).toEqual([failed.event]);
  });
});

test('accounts that use the same execution id have separate rows', () => {
  const other: HistoryEvent = { ...requested, event: { ...request, accountId: 'account_b' } };
  const { executions } = mergeBatch([other, requested, completed]);
  expect(executions.map(({ accountId, status }) => [accountId, status])).toEqual([
    ['account_a', 'success'],
    ['account_b', 'pending'],
  ]);
});

describe('a repeated request', () => {
  const repeat = (afterMs: number): HistoryEvent => ({ ...requested, acceptedAt: ACCEPTED_AT + afterMs });

  test('adds no row besides that of the first request', () => {
    const { executions } = mergeBatch([repeat(1), requested, repeat(2)]);
    expect(executions.map(({ acceptedAt }) => acceptedAt)).toEqual([ACCEPTED_AT]);
  });

  test('has its own row once another event shows that the dispatcher accepted it', () => {
    const attempted: HistoryEvent = {
      kind: 'attempt',
      event: aWebhookAttempt({ ...run, acceptedAt: ACCEPTED_AT + 1 }),
    };
    expect(mergeBatch([requested, repeat(1), attempted]).executions).toMatchObject([
      { acceptedAt: ACCEPTED_AT, attempts: 0 },
      { acceptedAt: ACCEPTED_AT + 1, attempts: 1, context: request.context },
    ]);
  });

  test('counts as a new request after the window', () => {
    expect(mergeBatch([requested, repeat(REPEAT_WINDOW_MS)]).executions).toHaveLength(1);
    expect(mergeBatch([requested, repeat(REPEAT_WINDOW_MS + 1)]).executions).toHaveLength(2);
  });
});

test('rows are sorted by key', () => {
  const of = (accountId: string, executionId: string): HistoryEvent => ({
    ...requested,
    event: { ...request, accountId, executionId },
  });
  const { executions } = mergeBatch([of('b', '1'), of('a', '2'), of('a', '1')]);
  expect(executions.map(({ accountId, executionId }) => accountId + executionId)).toEqual(['a1', 'a2', 'b1']);
});
