import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPool, inTransaction } from '@hookline/database/pool';
import { BUCKET_STARTS_MS, type Histogram } from '@hookline/shared/analytics/histogram';
import {
  addCount,
  addError,
  addMeasures,
  addWaits,
  type Measures,
  noMeasures,
  readMeasures,
  storedMeasures,
  type StoredMeasures,
} from '@hookline/shared/analytics/measures';
import { ALL_SETS, keyWithin, LEVEL_MS, type Level } from '@hookline/shared/analytics/rollup-key';
import type { WaitReason } from '@hookline/shared/contracts/events';
import { createLogger } from '@hookline/shared/runtime/logger';
import {
  anAttemptDue,
  aWebhookAttempt,
  aWebhookCompleted,
  aWebhookRequested,
} from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import * as fc from 'fast-check';
import type { Pool } from 'pg';
import type { HistoryEvent } from '../ingest/history-event.ts';
import type { HistoryWriter } from '../ingest/history-writer.ts';
import { type HistoryBatch, mergeBatch } from '../ingest/merge-batch.ts';
import { ATTEMPT_COLUMNS, INSERT_ATTEMPTS } from '../ingest/pg-attempt-statement.ts';
import { columnArrays } from '../ingest/pg-columns.ts';
import { executionValues, UPSERT_EXECUTIONS } from '../ingest/pg-execution-statement.ts';
import { createPgHistoryWriter } from '../ingest/pg-history-writer.ts';
import { changedMinutes, MARK_COLUMNS, MARK_MINUTES } from '../ingest/pg-mark-statement.ts';
import type { AnalyticsSession } from './analytics-job.ts';
import { leadAnalytics } from './pg-analytics-store.ts';

const DAY = Date.parse('2026-03-01T00:00:00Z');
const OPTIONS = {
  maxKeys: 300,
  maxExecutionsPerMinute: 300_000,
  historyDays: 30,
  hourDays: 90,
  dayDays: 400,
};

/** Counts a duration in its bucket, as Postgres does. */
function addDuration(histogram: Histogram, ms: number): void {
  const bucket = BUCKET_STARTS_MS.findLastIndex((start) => start <= Math.max(0, ms));
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}

let database: IsolatedDatabase;
let pool: Pool;
let writer: HistoryWriter;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'rollup-test', maxConnections: 4 },
  );
  writer = createPgHistoryWriter({ pool, logger: createLogger('test', 'silent') });
  // Creates the partitions now, so that no later write waits while another session creates them.
  for (const at of [DAY, DAY + 86_400_000])
    await write(...eventsOf('account_first', { ...A_LIFE, at: at - DAY }));
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function write(...entries: HistoryEvent[]): Promise<void> {
  return writer.write(mergeBatch(entries));
}

/** Recomputes all marked buckets, including the coarser buckets that are marked in the process. */
async function recomputeAll(overrides: Partial<typeof OPTIONS> = {}, now = DAY): Promise<void> {
  const led = await leadAnalytics({ pool, now: () => now }, { ...OPTIONS, ...overrides }, async (session) => {
    for (const level of ['minute', 'hour', 'day'] as const) await recomputeLevel(session, level);
  });
  expect(led).toBe(true);
}

async function recomputeLevel(session: AnalyticsSession, level: Level): Promise<void> {
  for (const accountId of await session.accountsAfter('', 1_000)) {
    for (const bucketAt of await session.marked(accountId, level, 1_000)) {
      await session.recompute(accountId, level, bucketAt);
    }
  }
}

interface Row {
  bucket_at: Date;
  dimensions: number;
  workflow_id: string | null;
  action_id: string | null;
  endpoint: string | null;
  others: boolean;
  capped: boolean;
  executions: string;
  measures: StoredMeasures;
}

async function rowsOf(accountId: string, level: Level): Promise<Row[]> {
  const from =
    level === 'minute' ? 'analytics_minutes WHERE' : `analytics_rollups WHERE level = '${level}' AND`;
  const { rows } = await pool.query<Row>(`SELECT * FROM ${from} account_id = $1`, [accountId]);
  return rows;
}

/** Wraps the pool so that `before` runs before each statement. */
function interleave(before: () => Promise<void>): Pool {
  const connect = async (): Promise<unknown> =>
    new Proxy(await pool.connect(), {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name !== 'query') return value.bind(target) as unknown;
        return async (text: string, values?: unknown[]) => {
          await before();
          return target.query(text, values);
        };
      },
    });
  return { connect, query: pool.query.bind(pool) } as unknown as Pool;
}

/** Returns one line per row, sorted. */
function lines(rows: readonly Row[]): string[] {
  return rows
    .map(({ bucket_at, dimensions, workflow_id, action_id, endpoint, measures }) =>
      JSON.stringify([bucket_at.getTime(), dimensions, workflow_id, action_id, endpoint, measures]),
    )
    .sort();
}

/** Returns the rows of a level, computed directly from the whole history. */
function expectedLines(history: HistoryBatch, level: Level): string[] {
  const sums = new Map<string, Measures>();
  for (const run of history.executions) {
    const attempts = history.attempts.filter(({ executionId }) => executionId === run.executionId);
    const waits = history.waits.filter(({ executionId }) => executionId === run.executionId);
    const key = { workflow: run.workflowId, action: run.actionId, endpoint: run.endpoint };
    for (const set of level === 'minute' ? [0, 7] : ALL_SETS) {
      const { workflow, action, endpoint } = keyWithin(key, set);
      const name = JSON.stringify([
        run.acceptedAt - (run.acceptedAt % LEVEL_MS[level]),
        set,
        workflow,
        action,
        endpoint,
      ]);
      const sum = sums.get(name) ?? noMeasures();
      sums.set(name, sum);
      addMeasures(sum, measuresOf(run, attempts, waits));
    }
  }
  return [...sums]
    .map(([name, sum]) => JSON.stringify([...(JSON.parse(name) as unknown[]), storedMeasures(sum)]))
    .sort();
}

function measuresOf(
  run: HistoryBatch['executions'][number],
  attempts: HistoryBatch['attempts'],
  waits: HistoryBatch['waits'],
): Measures {
  const measures = noMeasures();
  measures.executions = 1;
  measures.attempts = run.attempts;
  if (run.status === 'success') measures.succeeded = 1;
  if (run.status === 'error' || run.status === 'timeout') measures.failed = 1;
  if (run.status === 'cancelled') measures.cancelled = 1;
  addCount(measures.attemptCounts, run.attempts, 1);
  if (run.errorType !== null && measures.failed + measures.cancelled > 0) {
    addError(measures, run.errorType, { failed: measures.failed, cancelled: measures.cancelled });
  }
  measures.storedBytes +=
    jsonBytes(run.metadata) + jsonBytes(run.mappedFields) + jsonBytes(run.mappingErrors);
  measures.storedBytes += Buffer.byteLength(run.context ?? '');
  for (const { attempt, errorType, durationMs, startedAt, request, response } of attempts) {
    addDuration(measures.durations, durationMs);
    if (errorType !== null) addError(measures, errorType, { attempts: 1 });
    const from = Math.max(run.acceptedAt, run.notBefore ?? 0);
    if (attempt === 1) addDuration(measures.startDelays, startedAt - from);
    measures.storedBytes += Buffer.byteLength(
      `${request?.url ?? ''}${request?.body ?? ''}${response?.body ?? ''}`,
    );
    measures.storedBytes += jsonBytes(request?.headers) + jsonBytes(response?.headers);
  }
  for (const ofAttempt of Map.groupBy(waits, ({ attempt, reason }) => `${attempt} ${reason}`).values()) {
    const [{ attempt: number, reason } = { attempt: 0, reason: '' }] = ofAttempt;
    const made = attempts.find(({ attempt }) => attempt === number);
    const ends = [made?.startedAt, run.completedAt].filter((at) => typeof at === 'number');
    if (ends.length === 0) continue;
    const from = Math.min(...ofAttempt.map(({ startedAt }) => startedAt));
    const until = Math.max(...ofAttempt.map((wait) => wait.until));
    const plannedMs = ofAttempt.reduce((sum, wait) => sum + Math.max(0, wait.until - wait.startedAt), 0);
    const cutMs = Math.max(0, until - Math.max(Math.min(...ends), from));
    addWaits(measures, reason, { waits: ofAttempt.length, ms: Math.max(0, plannedMs - cutMs) });
  }
  return measures;
}

function jsonBytes(value: unknown): number {
  return value === null || value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}

/** Random properties of one execution. */
interface Life {
  at: number;
  workflow: string;
  action: string;
  path: string | null;
  waits: { attempt: number; reason: WaitReason; deferrals: number; ms: number }[];
  durations: number[];
  errorType: string | null;
  notBeforeMs: number | null;
  ended: boolean;
}

const lives: fc.Arbitrary<Life> = fc.record({
  // Times in four minutes, three hours and two days.
  at: fc.constantFrom(0, 60_000, 3_600_000, 86_400_000).chain((at) => fc.nat(59_999).map((ms) => at + ms)),
  workflow: fc.constantFrom('w1', 'w2'),
  action: fc.constantFrom('a1', 'a2', 'a3'),
  path: fc.constantFrom('/x', '/y', null),
  waits: fc.array(
    fc.record({
      attempt: fc.constantFrom(1, 2),
      reason: fc.constantFrom('retry' as const, 'rate_limited' as const),
      deferrals: fc.nat(3),
      ms: fc.integer({ min: -5, max: 100_000 }),
    }),
    { maxLength: 3 },
  ),
  durations: fc.array(fc.nat(100_000), { maxLength: 3 }),
  errorType: fc.constantFrom(null, 'server_error', 'timeout_error', '__proto__'),
  notBeforeMs: fc.constantFrom(null, 5, 90_000),
  ended: fc.boolean(),
});

function eventsOf(accountId: string, life: Life): HistoryEvent[] {
  const acceptedAt = DAY + life.at;
  const notBefore = life.notBeforeMs === null ? null : acceptedAt + life.notBeforeMs;
  const request = aWebhookRequested({
    accountId,
    workflowId: life.workflow,
    actionId: life.action,
    notBefore,
  });
  const { executionId, workflowId, actionId, requestedAt } = request;
  const run = { accountId, executionId, workflowId, actionId, requestedAt, acceptedAt };
  const attempts = life.durations.map((durationMs, index) => {
    const last = index === life.durations.length - 1;
    const startedAt = acceptedAt + index * 100 + 7;
    const made = aWebhookAttempt({ ...run, attempt: index + 1, startedAt, durationMs });
    const endpoint = life.path === null ? null : `https://example.com${life.path}`;
    const failed = {
      status: 'error',
      errorType: life.errorType,
      nextAttemptAt: last ? null : startedAt + 5_000,
    } as const;
    return { ...made, ...(life.errorType !== null && failed), endpoint };
  });
  const errorType = life.errorType;
  const failed = life.at % 2 === 0 ? ('timeout' as const) : ('cancelled' as const);
  const status = errorType === null ? ('success' as const) : failed;
  const completed = aWebhookCompleted({ ...run, status, errorType, attempts: attempts.length });
  return [
    { kind: 'requested', event: request, acceptedAt },
    ...attempts.map((event) => ({ kind: 'attempt', event }) as const),
    ...life.waits.map(({ attempt, reason, deferrals, ms }) => {
      const appendedAt = acceptedAt + deferrals;
      const due = { request, acceptedAt, attempt, reason, deferrals, dueAt: appendedAt + ms };
      return { kind: 'delayed', event: anAttemptDue(due), appendedAt } as const;
    }),
    ...(life.ended ? [{ kind: 'completed', event: completed } as const] : []),
  ];
}

describe('the rollup', () => {
  test('equals a direct computation, whatever the order of arrival, repeats and earlier recomputations', async () => {
    let account = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(lives, { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        fc.array(fc.record({ size: fc.integer({ min: 1, max: 6 }), compute: fc.boolean() }), {
          maxLength: 6,
        }),
        async (lives, random, batches) => {
          const accountId = `account_${account++}`;
          const events = lives.flatMap((life) => eventsOf(accountId, life));
          const repeated = events.filter(() => (random.next().value ?? 0) % 3 === 0);
          const arriving = [...events, ...repeated]
            .map((event) => ({ event, order: random.next().value ?? 0 }))
            .sort((a, b) => a.order - b.order)
            .map(({ event }) => event);
          const arrived = [...arriving];
          for (const { size, compute } of batches) {
            const batch = arriving.splice(0, size);
            if (batch.length > 0) await write(...batch);
            if (compute) await recomputeAll();
          }
          if (arriving.length > 0) await write(...arriving);
          await recomputeAll();
          const history = mergeBatch(arrived);
          for (const level of ['minute', 'hour', 'day'] as const) {
            expect(lines(await rowsOf(accountId, level))).toEqual(expectedLines(history, level));
          }
          const { rows } = await pool.query('SELECT FROM analytics_marks');
          expect(rows).toHaveLength(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('is the same after everything is marked and computed again', async () => {
    const accountId = 'account_again';
    await write(
      ...eventsOf(accountId, { ...A_LIFE, at: 0 }),
      ...eventsOf(accountId, { ...A_LIFE, at: 90_000 }),
    );
    await recomputeAll();
    const before = await rowsOf(accountId, 'hour');
    await pool.query(
      `INSERT INTO analytics_marks SELECT account_id, 'minute', date_trunc('minute', accepted_at)
         FROM webhook_executions WHERE account_id = $1`,
      [accountId],
    );
    await recomputeAll();
    expect(lines(await rowsOf(accountId, 'hour'))).toEqual(lines(before));
  });

  test('counts a wait only after it has ended, with the time that it really took', async () => {
    const accountId = 'account_paused';
    const life = {
      ...A_LIFE,
      ended: false,
      waits: [{ attempt: 1, reason: 'paused' as const, deferrals: 0, ms: 3 * 86_400_000 }],
    };
    const [requested, made, planned] = eventsOf(accountId, life);
    if (!requested || !made || !planned) throw new Error('expected a request, an attempt and a wait');
    const waits = async (): Promise<unknown> =>
      (await rowsOf(accountId, 'minute'))
        .filter(({ dimensions }) => dimensions === 0)
        .flatMap(({ measures }) => [...readMeasures(measures).waits]);
    await write(requested, planned);
    await recomputeAll();
    expect(await waits()).toEqual([]);
    // The attempt started 7 ms after acceptance, as if the pause had been ended early.
    await write(made);
    await recomputeAll();
    expect(await waits()).toEqual([['paused', { waits: 1, ms: 7 }]]);
  });

  test('keeps hours whose history is gone, even if one of their minutes is marked afterwards', async () => {
    const accountId = 'account_old';
    await write(...eventsOf(accountId, A_LIFE));
    await recomputeAll();
    const before = lines(await rowsOf(accountId, 'hour'));
    await write(...eventsOf(accountId, A_LIFE));
    await recomputeAll({}, DAY + 31 * 86_400_000);
    expect(lines(await rowsOf(accountId, 'hour'))).toEqual(before);
    const { rows } = await pool.query('SELECT FROM analytics_marks');
    expect(rows).toHaveLength(0);
  });

  test('contains, after the next recomputation, executions that were not committed yet during the previous one', async () => {
    const accountId = 'account_race';
    const [requested, ...later] = eventsOf(accountId, A_LIFE);
    await write(requested as HistoryEvent);
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: written, resolve: wrote } = Promise.withResolvers<void>();
    const batch = mergeBatch(later);
    const ingest = inTransaction(pool, async (client) => {
      await client.query(UPSERT_EXECUTIONS, executionValues(batch.executions));
      await client.query(INSERT_ATTEMPTS, columnArrays(ATTEMPT_COLUMNS, batch.attempts));
      await client.query(MARK_MINUTES, columnArrays(MARK_COLUMNS, changedMinutes(batch)));
      wrote();
      await mayCommit;
    });
    await written;
    // The recomputation neither waits for the open transaction nor sees it.
    await recomputeAll();
    expect(await rowsOf(accountId, 'day')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          dimensions: 0,
          measures: expect.arrayContaining([[1, 0, 0, 0, 0, expect.any(Number)]]),
        }),
      ]),
    );
    commit();
    await ingest;
    await recomputeAll();
    const history = mergeBatch([requested as HistoryEvent, ...later]);
    expect(lines(await rowsOf(accountId, 'day'))).toEqual(expectedLines(history, 'day'));
  });

  test.each(Array.from({ length: 12 }, (_, index) => index))(
    'contains executions that are committed just before statement %i of a recomputation',
    async (statement) => {
      const accountId = `account_interleaved_${statement}`;
      const [requested, ...later] = eventsOf(accountId, A_LIFE);
      await write(requested as HistoryEvent);
      let run = 0;
      const interleaved = interleave(async () => {
        if (run++ === statement) await write(...later);
      });
      await leadAnalytics({ pool: interleaved, now: () => DAY }, OPTIONS, (session) =>
        recomputeLevel(session, 'minute'),
      );
      await recomputeAll();
      const history = mergeBatch([requested as HistoryEvent, ...later]);
      expect(run).toBeGreaterThan(12);
      expect(lines(await rowsOf(accountId, 'minute'))).toEqual(expectedLines(history, 'minute'));
    },
  );

  test('is deleted past its retention, which is shorter for hours than for days', async () => {
    const accountId = 'account_expired';
    await write(...eventsOf(accountId, A_LIFE));
    await recomputeAll();
    const leftAfter = async (days: number): Promise<boolean[]> => {
      const now = (): number => DAY + days * 86_400_000;
      await leadAnalytics({ pool, now }, OPTIONS, (session) => session.deleteExpired());
      const [hours, daysLeft] = await Promise.all([rowsOf(accountId, 'hour'), rowsOf(accountId, 'day')]);
      return [hours.length > 0, daysLeft.length > 0];
    };
    expect(await leftAfter(90)).toEqual([true, true]);
    expect(await leftAfter(91)).toEqual([false, true]);
    expect(await leftAfter(401)).toEqual([false, false]);
  });

  test('is computed by one process at a time', async () => {
    await leadAnalytics({ pool, now: () => DAY }, OPTIONS, async () => {
      const second = await leadAnalytics({ pool, now: () => DAY }, OPTIONS, () => Promise.resolve());
      expect(second).toBe(false);
    });
  });
});

const A_LIFE: Life = {
  at: 0,
  workflow: 'w1',
  action: 'a1',
  path: '/x',
  waits: [],
  durations: [10],
  errorType: null,
  notBeforeMs: null,
  ended: true,
};

describe('a hostile account', () => {
  test('has rows for its largest keys only; one row sums up the rest, and the total includes all', async () => {
    const accountId = 'account_many_keys';
    const small = Array.from({ length: 40 }, (_, i) => ({ ...A_LIFE, action: `small_${i}`, path: `/${i}` }));
    const large = [1, 2].flatMap(() => [A_LIFE, { ...A_LIFE, action: 'a2' }]);
    await write(...[...small, ...large].flatMap((life) => eventsOf(accountId, life)));
    await recomputeAll({ maxKeys: 5 });
    for (const level of ['minute', 'hour', 'day'] as const) {
      const rows = await rowsOf(accountId, level);
      const finest = rows.filter(({ dimensions }) => dimensions === 7);
      expect(finest).toHaveLength(6);
      expect(
        finest
          .filter(({ executions }) => executions === '2')
          .map(({ action_id }) => action_id ?? '')
          .toSorted((a, b) => a.localeCompare(b)),
      ).toEqual(['a1', 'a2']);
      const others = finest.filter(({ others }) => others);
      expect(others).toMatchObject([
        { workflow_id: null, action_id: null, endpoint: null, executions: '37' },
      ]);
      const total = rows.filter(({ dimensions }) => dimensions === 0);
      expect(total).toMatchObject([{ others: false, executions: '44' }]);
    }
  });

  test('has its rows marked as capped if a minute has more executions than are counted', async () => {
    const accountId = 'account_many_executions';
    await write(...Array.from({ length: 8 }, () => A_LIFE).flatMap((life) => eventsOf(accountId, life)));
    await recomputeAll({ maxExecutionsPerMinute: 5 });
    for (const level of ['minute', 'hour', 'day'] as const) {
      for (const row of await rowsOf(accountId, level))
        expect(row).toMatchObject({ capped: true, executions: '5' });
    }
  });
});
