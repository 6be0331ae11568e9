import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AttemptDue, WebhookAttempt } from '@hookline/shared/contracts/events';
import { createPool } from '@hookline/database/pool';
import {
  aWebhookAttempt,
  aWebhookCompleted,
  aWebhookRequested,
  anAttemptDue,
} from '@hookline/testkit/builders';
import { createLogger } from '@hookline/shared/runtime/logger';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import * as fc from 'fast-check';
import type { Pool } from 'pg';
import type { HistoryEvent } from './history-event.ts';
import { DataRefusedError, type HistoryWriter } from './history-writer.ts';
import { mergeBatch, REPEAT_WINDOW_MS } from './merge-batch.ts';
import { EXECUTION_COLUMNS, executionValues, UPSERT_EXECUTIONS } from './pg-execution-statement.ts';
import { createPgHistoryWriter } from './pg-history-writer.ts';
import { MERGE_WAITS, waitValues } from './pg-wait-statement.ts';

const ACCEPTED_AT = Date.parse('2026-03-01T12:00:00.123Z');

/** Hashes of a contact, as ingest adds them. */
const CONTACT = { idHash: Buffer.from('id of the contact'), emailHash: Buffer.from('its address') };
const logger = createLogger('test', 'silent');

let database: IsolatedDatabase;
let pool: Pool;
let writer: HistoryWriter;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'writer-test', maxConnections: 4 },
  );
  writer = createPgHistoryWriter({ pool, logger });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Builds the events of a run with a failure, a wait that is deferred once, and a success. */
function aLife(overrides: { accountId?: string; executionId?: string; acceptedAt?: number } = {}) {
  const { acceptedAt = ACCEPTED_AT, ...ids } = overrides;
  const request = aWebhookRequested({ expiresAt: acceptedAt + 86_400_000, ...ids });
  const { accountId, executionId, actionId, requestedAt, metadata } = request;
  const run = { accountId, executionId, actionId, requestedAt, acceptedAt };
  const retryAt = acceptedAt + 5_000;
  const wait = { request, acceptedAt, expiresAt: acceptedAt + 86_400_000, dueAt: retryAt };
  const failure = {
    status: 'error',
    errorType: 'server_error',
    errorMessage: 'endpoint server error',
  } as const;
  return {
    request,
    requested: { kind: 'requested', event: request, acceptedAt, contact: CONTACT },
    failed: { kind: 'attempt', event: aWebhookAttempt({ ...run, ...failure, nextAttemptAt: retryAt }) },
    delayed: { kind: 'delayed', event: anAttemptDue(wait), appendedAt: acceptedAt + 100 },
    deferred: {
      kind: 'delayed',
      event: anAttemptDue({ ...wait, deferrals: 1, reason: 'circuit_open', dueAt: retryAt + 10_000 }),
      appendedAt: retryAt,
    },
    retried: {
      kind: 'attempt',
      event: aWebhookAttempt({
        ...run,
        attempt: 2,
        definitionVersion: 2,
        endpoint: 'https://endpoint.invalid/moved',
      }),
    },
    completed: {
      kind: 'completed',
      event: aWebhookCompleted({ ...run, metadata, attempts: 2, mappedFields: { external_id: '"ext_123"' } }),
    },
  } as const satisfies { [K: string]: HistoryEvent | typeof request };
}

function write(...entries: HistoryEvent[]): Promise<void> {
  return writer.write(mergeBatch(entries));
}

async function executionsOf(accountId: string): Promise<Record<string, unknown>[]> {
  const { rows } = await pool.query<Record<string, unknown>>(
    'SELECT * FROM webhook_executions WHERE account_id = $1 ORDER BY execution_id, accepted_at',
    [accountId],
  );
  return rows;
}

async function attemptsOf(accountId: string): Promise<Record<string, unknown>[]> {
  const { rows } = await pool.query<Record<string, unknown>>(
    'SELECT * FROM webhook_attempts WHERE account_id = $1 ORDER BY execution_id, accepted_at, attempt',
    [accountId],
  );
  return rows;
}

/** Returns the rows expected in the database, computed from all events by the pure functions. */
function expectedRows(entries: HistoryEvent[]): Record<string, unknown>[] {
  return mergeBatch(entries).executions.map((row) =>
    Object.fromEntries(
      EXECUTION_COLUMNS.map(([name, type, value]) => {
        const field = value(row) ?? null;
        if (field !== null && type === 'timestamptz') return [name, new Date(field as number)];
        return [name, field !== null && type === 'bigint' ? `${Number(field)}` : field];
      }),
    ),
  );
}

describe('an execution', () => {
  test('has the same row however its events are ordered, repeated and split into batches', async () => {
    const some = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 1 });
    const orders = some.chain((order) =>
      fc.array(fc.constantFrom(...order), { maxLength: 4 }).map((repeats) => [...order, ...repeats]),
    );
    const cuts = fc.array(fc.nat(9), { maxLength: 3 }).map((cuts) => cuts.toSorted((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(orders, cuts, async (order, cuts) => {
        const { request, ...life } = aLife();
        const events = order.flatMap((index) => Object.values(life)[index] ?? []);
        const bounds = [0, ...cuts, events.length];
        for (const [index, end] of bounds.slice(1).entries())
          await write(...events.slice(bounds[index], end));
        expect(await executionsOf(request.accountId)).toEqual(expectedRows(events));
        const numbers = events.flatMap((entry) => (entry.kind === 'attempt' ? [entry.event.attempt] : []));
        expect(await attemptsOf(request.accountId)).toHaveLength(new Set(numbers).size);
      }),
      { numRuns: 150 },
    );
  });

  test('shows the reason and the end of its wait while it has no outcome', async () => {
    const { request, requested, failed, delayed, deferred } = aLife();
    await write(requested);
    expect(await executionsOf(request.accountId)).toMatchObject([{ status: 'pending', waits_for: null }]);
    await write(failed, delayed);
    await write(deferred);
    expect(await executionsOf(request.accountId)).toMatchObject([
      {
        status: 'retrying',
        attempts: 1,
        error_type: 'server_error',
        waits_for: 'circuit_open',
        next_attempt_at: new Date(ACCEPTED_AT + 15_000),
      },
    ]);
  });

  test('keeps the first of two outcomes', async () => {
    const { request, completed } = aLife();
    const second = {
      ...completed,
      event: { ...completed.event, status: 'error', errorType: 'expired' },
    } as const;
    await write(completed);
    await write(second);
    expect(await executionsOf(request.accountId)).toMatchObject([{ status: 'success', error_type: null }]);
  });

  test('stays cancelling until its outcome', async () => {
    const { request, requested, delayed, completed } = aLife();
    await write(requested);
    await pool.query("UPDATE webhook_executions SET status = 'cancelling' WHERE account_id = $1", [
      request.accountId,
    ]);
    await write(delayed);
    expect(await executionsOf(request.accountId)).toMatchObject([{ status: 'cancelling' }]);
    await write({ ...completed, event: { ...completed.event, status: 'cancelled' } });
    expect(await executionsOf(request.accountId)).toMatchObject([{ status: 'cancelled' }]);
  });

  test('is separate from an execution of another account with the same id', async () => {
    const executionId = 'shared_execution';
    const ours = aLife({ executionId });
    const theirs = aLife({ executionId });
    await write(ours.requested, theirs.completed);
    expect(await executionsOf(ours.request.accountId)).toMatchObject([{ status: 'pending' }]);
    expect(await executionsOf(theirs.request.accountId)).toMatchObject([{ status: 'success' }]);
  });
});

describe('waits', () => {
  const waitsOf = async (accountId: string): Promise<Record<string, unknown>[]> => {
    const { rows } = await pool.query<Record<string, unknown>>(
      `SELECT attempt, reason, started_at, until, count, waited_ms, deferrals FROM webhook_waits
        WHERE account_id = $1 ORDER BY started_at, reason`,
      [accountId],
    );
    return rows;
  };
  const at = (ms: number): Date => new Date(ACCEPTED_AT + ms);
  /** Waits: rate_limited, circuit_open and rate_limited again for attempt 1, and retry for attempt 2. */
  const someWaits = (): { accountId: string; waits: HistoryEvent[] } => {
    const request = aWebhookRequested();
    const wait = (appendedAt: number, due: Partial<AttemptDue>): HistoryEvent => ({
      kind: 'delayed',
      event: anAttemptDue({ request, acceptedAt: ACCEPTED_AT, attempt: 1, ...due }),
      appendedAt: ACCEPTED_AT + appendedAt,
    });
    return {
      accountId: request.accountId,
      waits: [
        wait(0, { reason: 'rate_limited', deferrals: 1, dueAt: ACCEPTED_AT + 1_000 }),
        wait(1_010, { reason: 'circuit_open', deferrals: 2, dueAt: ACCEPTED_AT + 11_010 }),
        wait(11_020, { reason: 'rate_limited', deferrals: 3, dueAt: ACCEPTED_AT + 12_000 }),
        wait(13_000, { reason: 'retry', attempt: 2, deferrals: 0, dueAt: ACCEPTED_AT + 18_000 }),
      ],
    };
  };
  const merged = [
    {
      attempt: 1,
      reason: 'rate_limited',
      started_at: at(0),
      until: at(12_000),
      count: 2,
      waited_ms: '1980',
      deferrals: '{[1,2),[3,4)}',
    },
    {
      attempt: 1,
      reason: 'circuit_open',
      started_at: at(1_010),
      until: at(11_010),
      count: 1,
      waited_ms: '10000',
      deferrals: '{[2,3)}',
    },
    {
      attempt: 2,
      reason: 'retry',
      started_at: at(13_000),
      until: at(18_000),
      count: 1,
      waited_ms: '5000',
      deferrals: '{[0,1)}',
    },
  ];

  test('share one row per attempt and reason, however they are ordered, repeated and split', async () => {
    const orders = fc
      .tuple(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), fc.array(fc.nat(3), { maxLength: 4 }))
      .map(([order, repeats]) => [...order, ...repeats]);
    const cuts = fc.array(fc.nat(8), { maxLength: 3 }).map((cuts) => cuts.toSorted((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(orders, cuts, async (order, cuts) => {
        const { accountId, waits } = someWaits();
        const events = order.flatMap((index) => waits[index] ?? []);
        const bounds = [0, ...cuts, events.length];
        for (const [index, end] of bounds.slice(1).entries())
          await write(...events.slice(bounds[index], end));
        expect(await waitsOf(accountId)).toEqual(merged);
      }),
      { numRuns: 60 },
    );
  });

  test('are counted only once if two writers store them at the same time', async () => {
    const { accountId, waits } = someWaits();
    const other = await pool.connect();
    await other.query('BEGIN');
    await other.query(MERGE_WAITS, waitValues(mergeBatch(waits).waits));
    // This writer does not see the uncommitted rows of the other connection, and waits for their key.
    const written = write(...waits);
    const isBlocked = async (): Promise<boolean> => {
      const { rows } = await pool.query(
        `SELECT 1 FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%webhook_waits%'`,
      );
      return rows.length > 0;
    };
    while (!(await isBlocked()));
    await other.query('COMMIT');
    other.release();
    await written;
    expect(await waitsOf(accountId)).toEqual(merged);
  });
});

describe('a repeated request', () => {
  test('adds no second row, whether the first execution has ended or not', async () => {
    const { request, requested, completed } = aLife();
    await write(requested);
    await write({ ...requested, acceptedAt: ACCEPTED_AT + 1_000 });
    await write(completed);
    await write({ ...requested, acceptedAt: ACCEPTED_AT + REPEAT_WINDOW_MS });
    expect(await executionsOf(request.accountId)).toMatchObject([
      { status: 'success', accepted_at: new Date(ACCEPTED_AT) },
    ]);
  });

  test('has its own row if the dispatcher accepted it, and the row contains the context once the request is read', async () => {
    const first = aLife();
    const { accountId, executionId } = first.request;
    const second = aLife({ accountId, executionId, acceptedAt: ACCEPTED_AT + 600_000 });
    await write(first.completed);
    await write(second.requested);
    await write(second.retried);
    await write(second.requested);
    expect(await executionsOf(accountId)).toMatchObject([
      { status: 'success' },
      { status: 'retrying', attempts: 2, context: second.request.context },
    ]);
  });

  test('is found by its identity, without reading all executions of its account', async () => {
    const acceptedAt = Date.parse('2025-08-01T12:00:00Z');
    const ofAccount = (n: number): HistoryEvent =>
      aLife({ accountId: `account_${n % 20}`, acceptedAt: acceptedAt + n }).requested;
    const some = Array.from({ length: 4_000 }, (_, n) => ofAccount(n));
    await write(...some);
    await pool.query('ANALYZE webhook_executions_p20250801');
    const { executions } = mergeBatch(some.slice(0, 200));
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN ${UPSERT_EXECUTIONS}`,
      executionValues(executions),
    );
    const used = rows.flatMap((row) => /using (\S+) on \S+ other/.exec(row['QUERY PLAN'])?.[1] ?? []);
    expect(used).toContain('webhook_executions_p20250801_pkey');
    expect(used.filter((index) => !index.endsWith('_pkey'))).toEqual([]);
  });

  test('is looked up only in the days around its batch', async () => {
    const longAgo = aLife({ acceptedAt: Date.parse('2025-05-01T12:00:00Z') });
    await write(longAgo.requested, longAgo.delayed);
    const { requested, delayed } = aLife();
    const { executions, waits } = mergeBatch([requested, delayed]);
    const plans = await Promise.all([
      pool.query(`EXPLAIN ${UPSERT_EXECUTIONS}`, executionValues(executions)),
      pool.query(`EXPLAIN ${MERGE_WAITS}`, waitValues(waits)),
    ]);
    for (const { rows } of plans) {
      const plan = JSON.stringify(rows);
      expect(plan).toContain('p20260301');
      expect(plan).not.toContain('p20250501');
    }
  });

  test('counts as a new request after the window', async () => {
    const { request, requested } = aLife();
    await write(requested);
    await write({ ...requested, acceptedAt: ACCEPTED_AT + REPEAT_WINDOW_MS + 1 });
    expect(await executionsOf(request.accountId)).toHaveLength(2);
  });
});

describe('an attempt', () => {
  test('is stored with all its fields, and keeps its first record', async () => {
    const { request, failed } = aLife();
    await write(failed);
    await write({ ...failed, event: { ...failed.event, errorType: 'timeout_error' } });
    const { request: sent, response } = failed.event;
    expect(await attemptsOf(request.accountId)).toEqual([
      expect.objectContaining({
        attempt: 1,
        status: 'error',
        error_type: 'server_error',
        request_url: sent?.url,
        request_headers: sent?.headers,
        request_body: sent?.body,
        request_body_bytes: '7',
        response_status: response?.status,
        response_headers: response?.headers,
        response_body: response?.body,
        response_body_bytes_read: '11',
        response_truncated: false,
        accepted_at: new Date(ACCEPTED_AT),
        next_attempt_at: new Date(ACCEPTED_AT + 5_000),
      }),
    ]);
  });

  test('has null in the columns of a missing request and response', async () => {
    const { request, failed } = aLife();
    await write({ ...failed, event: { ...failed.event, request: null, response: null } });
    expect(await attemptsOf(request.accountId)).toMatchObject([
      { request_url: null, request_headers: null, response_status: null, response_truncated: null },
    ]);
  });

  test('loses U+0000 in bodies, which Postgres text cannot contain, and keeps it in headers', async () => {
    const { request, failed } = aLife();
    const response = {
      ...aWebhookAttempt().response,
      headers: { z: 'a\0b', a: '1' },
      body: 'x\0"\\{},\u{1f600}',
    };
    await write({ ...failed, event: { ...failed.event, response } as typeof failed.event });
    const [row] = await attemptsOf(request.accountId);
    expect(row).toMatchObject({ response_body: 'x"\\{},\u{1f600}', response_headers: { z: 'a\0b' } });
    expect(Object.keys(row?.response_headers as object)).toEqual(['z', 'a']);
  });
});

describe('a webhook whose endpoint responded with 410 Gone', () => {
  const status = 410;
  const gone = { status: 'error', errorType: 'client_error', nextAttemptAt: null } as const;
  const answered = (overrides: Partial<WebhookAttempt>): HistoryEvent => {
    const attempt = aWebhookAttempt({ acceptedAt: ACCEPTED_AT, ...gone, ...overrides });
    const response = attempt.response && { ...attempt.response, status };
    return { kind: 'attempt', event: { ...attempt, response } };
  };
  const noted = async (accountId: string): Promise<unknown[]> => {
    const { rows } = await pool.query<Record<string, unknown>>(
      'SELECT action_id, definition_version FROM gone_webhooks WHERE account_id = $1 ORDER BY action_id',
      [accountId],
    );
    return rows;
  };

  test('is recorded once, with the newest version that was called', async () => {
    const accountId = 'account_gone';
    const call = (actionId: string, definitionVersion: number): HistoryEvent =>
      answered({ accountId, actionId, definitionVersion });
    await write(call('a', 2), call('a', 3), call('b', 1));
    await write(call('a', 1));
    expect(await noted(accountId)).toEqual([
      { action_id: 'a', definition_version: '3' },
      { action_id: 'b', definition_version: '1' },
    ]);
  });

  test.each([
    ['the attempt is retried', { nextAttemptAt: ACCEPTED_AT + 5_000 }],
    ['success_on counts 410 as success', { status: 'success', errorType: null }],
    ['no response arrived', { response: null }],
  ] as const)('is not recorded if %s', async (why, overrides) => {
    const accountId = `account_not_gone_${why.slice(0, 3)}`;
    await write(answered({ accountId, ...overrides }));
    expect(await noted(accountId)).toEqual([]);
  });
});

describe('partitions', () => {
  test('are created for the days of a batch', async () => {
    const acceptedAt = Date.parse('2025-07-04T23:59:59.999Z');
    const { request, requested } = aLife({ acceptedAt });
    await write(requested);
    const { rows } = await pool.query('SELECT account_id FROM webhook_executions_p20250704');
    expect(rows).toEqual([{ account_id: request.accountId }]);
  });

  test('are created again on the next try if they were dropped', async () => {
    const acceptedAt = Date.parse('2025-07-05T12:00:00Z');
    const { request, requested } = aLife({ acceptedAt });
    await write(requested);
    await pool.query('DROP TABLE webhook_executions_p20250705, webhook_attempts_p20250705');
    await expect(write(requested)).rejects.toThrow('no partition of relation');
    await write(requested);
    expect(await executionsOf(request.accountId)).toHaveLength(1);
  });
});

describe('data that Postgres rejects', () => {
  test.each([
    ['an id with U+0000', { executionId: 'a\0b' }],
    ['an id too long for an index', { executionId: randomText(20_000) }],
  ])('is distinguished from a failure of the store: %s', async (_, ids) => {
    await expect(write(aLife(ids).requested)).rejects.toThrow(DataRefusedError);
  });

  test('rolls back the whole batch', async () => {
    const good = aLife();
    await expect(write(good.requested, aLife({ executionId: 'a\0b' }).requested)).rejects.toThrow(
      DataRefusedError,
    );
    expect(await executionsOf(good.request.accountId)).toEqual([]);
  });

  test('is not reported as the cause when the store is unavailable', async () => {
    const gone = await isolatedDatabase({ migrated: true });
    const closed = createPool(
      {},
      { databaseUrl: gone.databaseUrl, applicationName: 'gone', maxConnections: 1 },
    );
    await gone.drop();
    const failing = createPgHistoryWriter({ pool: closed, logger }).write(mergeBatch([aLife().requested]));
    await expect(failing).rejects.toMatchObject({ code: '3D000' });
    await closed.end();
  });
});

/** Returns text that does not compress, because an index would accept compressible text. */
function randomText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCodePoint(33 + (state % 94));
  }).join('');
}
