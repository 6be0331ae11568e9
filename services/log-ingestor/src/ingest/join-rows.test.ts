import { describe, expect, test } from '@jest/globals';
import {
  aWebhookAttempt,
  aWebhookCompleted,
  aWebhookRequested,
  anAttemptDue,
} from '@hookline/testkit/builders';
import { rowOfAttempt, rowOfOutcome, rowOfRequest, rowOfWait, type RunRow } from './execution-row.ts';
import { joinRows } from './join-rows.ts';

const ACCEPTED_AT = Date.parse('2026-03-01T12:00:00Z');
const request = aWebhookRequested();
const run = { accountId: request.accountId, executionId: request.executionId, acceptedAt: ACCEPTED_AT };

const requested = rowOfRequest(request, ACCEPTED_AT);
const failed = (attempt: number): ReturnType<typeof rowOfAttempt> =>
  rowOfAttempt(
    aWebhookAttempt({
      ...run,
      attempt,
      status: 'error',
      errorType: 'server_error',
      errorMessage: `failure ${attempt}`,
      nextAttemptAt: ACCEPTED_AT + 5_000,
    }),
  );
const waiting = (attempt: number, deferrals: number): ReturnType<typeof rowOfWait> =>
  rowOfWait(
    anAttemptDue({
      request,
      acceptedAt: ACCEPTED_AT,
      attempt,
      deferrals,
      dueAt: ACCEPTED_AT + attempt * 5_000 + deferrals,
      reason: deferrals > 0 ? 'circuit_open' : 'retry',
    }),
  );
const succeeded = rowOfOutcome(aWebhookCompleted({ ...run, attempts: 2, mappedFields: { x: '1' } }));

describe('status', () => {
  test('is pending until a retry is known', () => {
    expect(requested.status).toBe('pending');
    expect(rowOfAttempt(aWebhookAttempt(run)).status).toBe('pending');
    expect(waiting(2, 0).status).toBe('retrying');
    expect(rowOfWait(anAttemptDue({ request, attempt: 1, reason: 'overflow' })).status).toBe('pending');
  });

  test('changes to retrying and never back', () => {
    expect(joinRows(requested, failed(1)).status).toBe('retrying');
    expect(joinRows(failed(1), requested).status).toBe('retrying');
  });

  test('is final once there is an outcome, whatever is read later', () => {
    expect(joinRows(succeeded, waiting(3, 0)).status).toBe('success');
    expect(joinRows(waiting(3, 0), succeeded).status).toBe('success');
  });

  test('is that of the first outcome', () => {
    const second = rowOfOutcome(
      aWebhookCompleted({ ...run, status: 'error', attempts: 4, errorType: 'expired' }),
    );
    expect(joinRows(succeeded, second)).toMatchObject({ status: 'success', attempts: 2, errorType: null });
  });
});

describe('the last result', () => {
  test('is that of the latest attempt', () => {
    for (const row of [joinRows(failed(1), failed(2)), joinRows(failed(2), failed(1))])
      expect(row).toMatchObject({ attempts: 2, errorMessage: 'failure 2' });
  });

  test('is that of the outcome, even if the outcome counts fewer attempts', () => {
    const row = joinRows(failed(3), succeeded);
    expect(row).toMatchObject({ attempts: 2, errorType: null, mappedFields: { x: '1' } });
  });

  test('is the first recorded result if an attempt was recorded twice', () => {
    const again = rowOfAttempt(
      aWebhookAttempt({ ...run, attempt: 1, status: 'timeout', errorType: 'timeout_error' }),
    );
    expect(joinRows(failed(1), again).errorType).toBe('server_error');
  });
});

describe('the wait', () => {
  test('is the latest by attempt, then by deferrals', () => {
    expect(joinRows(waiting(2, 1), waiting(2, 0))).toMatchObject({
      waitsFor: 'circuit_open',
      waitDeferrals: 1,
    });
    expect(joinRows(waiting(2, 9), waiting(3, 0))).toMatchObject({ waitsFor: 'retry', waitAttempt: 3 });
  });

  test('is over once its attempt is recorded, even if the wait is read last', () => {
    const row = joinRows(failed(2), waiting(2, 3));
    expect(row).toMatchObject({ waitsFor: null, nextAttemptAt: null, waitAttempt: 2, waitDeferrals: 3 });
  });

  test('is not over when only the previous attempt is recorded', () => {
    expect(joinRows(waiting(2, 0), failed(1))).toMatchObject({
      waitsFor: 'retry',
      nextAttemptAt: ACCEPTED_AT + 10_000,
    });
  });

  test('ends with the outcome', () => {
    expect(joinRows(waiting(3, 0), succeeded)).toMatchObject({ waitsFor: null, nextAttemptAt: null });
  });

  test('is the first known wait if two records name the same attempt and deferral', () => {
    const first = waiting(2, 1);
    const again = { ...first, nextAttemptAt: ACCEPTED_AT + 99_000 };
    expect(joinRows(first, again).nextAttemptAt).toBe(first.nextAttemptAt);
  });
});

describe('the request', () => {
  const complete = {
    ...requested,
    workflowExecutionId: 'run_1',
    stepId: 'step_1',
    context: '{"a":1}',
    metadata: { customer: 'one' },
    retryPolicy: { maxRetries: 1, baseMs: 100, factor: 2 },
    notBefore: ACCEPTED_AT + 1_000,
    expiresAt: ACCEPTED_AT + 60_000,
    contactIdHash: Buffer.from('id 1'),
    contactEmailHash: Buffer.from('email 1'),
    replayOf: 'exec_1',
  };
  const other = {
    ...requested,
    workflowExecutionId: 'run_2',
    stepId: 'step_2',
    context: '{"a":2}',
    metadata: { customer: 'two' },
    retryPolicy: { maxRetries: 2, baseMs: 200, factor: 3 },
    notBefore: ACCEPTED_AT + 2_000,
    expiresAt: ACCEPTED_AT + 90_000,
    contactIdHash: Buffer.from('id 2'),
    contactEmailHash: Buffer.from('email 2'),
    replayOf: 'exec_2',
  };
  const fields = [
    'workflowExecutionId',
    'stepId',
    'context',
    'metadata',
    'retryPolicy',
    'notBefore',
    'expiresAt',
    'contactIdHash',
    'contactEmailHash',
    'replayOf',
  ] as const;

  test.each(fields)(
    'keeps its %s, whichever record contains it, and prefers the value known first',
    (field) => {
      const without = { ...complete, [field]: null };
      expect(joinRows(complete, without)[field]).toEqual(complete[field]);
      expect(joinRows(without, complete)[field]).toEqual(complete[field]);
      expect(joinRows(complete, other)[field]).toEqual(complete[field]);
    },
  );

  test('is all that is known until another event is read', () => {
    expect(joinRows(requested, requested).requestOnly).toBe(true);
    expect(joinRows(requested, failed(1)).requestOnly).toBe(false);
    expect(joinRows(failed(1), requested).requestOnly).toBe(false);
  });
});

test.each([
  [null, null, null],
  [2, null, 2],
  [null, 3, 3],
  [2, 3, 3],
  [3, 2, 3],
])('the version of the definition is the latest one known: %p and %p give %p', (known, news, joined) => {
  const row = (definitionVersion: number | null) => ({ ...requested, definitionVersion });
  expect(joinRows(row(known), row(news)).definitionVersion).toBe(joined);
});

describe('the endpoint', () => {
  type Called = Pick<RunRow, 'definitionVersion' | 'endpoint'>;
  const endpointOf = (known: Called, news: Called): string | null =>
    joinRows({ ...requested, ...known }, { ...requested, ...news }).endpoint;
  const none = { definitionVersion: null, endpoint: null };
  const older = { definitionVersion: 2, endpoint: 'https://older.example.com' };
  const newer = { definitionVersion: 3, endpoint: 'https://newer.example.com' };

  test('is that of the newest definition, whichever record is read first', () => {
    expect(endpointOf(older, newer)).toBe(newer.endpoint);
    expect(endpointOf(newer, older)).toBe(newer.endpoint);
  });

  test('is kept if another record contains none', () => {
    for (const other of [none, { ...newer, endpoint: null }]) {
      expect(endpointOf(older, other)).toBe(older.endpoint);
      expect(endpointOf(other, older)).toBe(older.endpoint);
    }
  });

  test('is the first known endpoint if both records have the same version', () => {
    expect(endpointOf(older, { ...newer, definitionVersion: 2 })).toBe(older.endpoint);
  });
});

test('joinRows keeps the fields of the request, whichever record contains them', () => {
  const row = joinRows(succeeded, requested);
  expect(row).toMatchObject({ context: request.context, stepId: request.stepId, requestOnly: false });
  expect(joinRows(failed(1), waiting(2, 0)).context).toBe(request.context);
});
