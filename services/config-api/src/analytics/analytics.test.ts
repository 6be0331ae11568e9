import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { BUCKET_STARTS_MS, type Histogram, newHistogram } from '@hookline/shared/analytics/histogram';
import { type Measures, noMeasures, storedMeasures } from '@hookline/shared/analytics/measures';
import { keyHash, OTHERS_HASH, setOf } from '@hookline/shared/analytics/rollup-key';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { Usage, WebhookAnalytics } from '@hookline/shared/contracts/rest/webhook-analytics';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';

const DAY = Date.UTC(2026, 0, 10);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Builds a histogram from the number of calls per duration in ms. */
function histogramOf(...counts: [ms: number, count: number][]): Histogram {
  const histogram = newHistogram();
  for (const [ms, count] of counts) histogram[BUCKET_STARTS_MS.findLastIndex((start) => start <= ms)] = count;
  return histogram;
}

let api: IsolatedApi;
let client: Client;
let accountId: string;

interface RowKey {
  workflow?: string;
  action?: string;
  endpoint?: string;
}

/** Inserts a row into the rollup, as log-ingestor does. */
async function row(
  where: {
    level: 'minute' | 'hour' | 'day';
    at: number;
    key?: RowKey;
    set?: number;
    others?: boolean;
    account?: string;
  },
  measures: Partial<Measures>,
  capped = false,
): Promise<void> {
  const { level, at, key = {}, others = false, account = accountId } = where;
  const full = { workflow: key.workflow ?? null, action: key.action ?? null, endpoint: key.endpoint ?? null };
  const set = where.set ?? setOf(Object.keys(key) as (keyof RowKey)[]);
  const all = { ...noMeasures(), ...measures };
  const table = level === 'minute' ? 'analytics_minutes' : 'analytics_rollups';
  const hash = others ? OTHERS_HASH : keyHash(full);
  const values = [account, new Date(at), set, hash, ...Object.values(full), others, capped, all.executions];
  const stored = JSON.stringify(storedMeasures(all));
  const [column, place] = level === 'minute' ? ['', ''] : [', level', ', $12'];
  await api.pool.query(
    `INSERT INTO ${table} (account_id, bucket_at, dimensions, key_hash, workflow_id, action_id, endpoint, others,
       capped, executions, measures${column})
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11${place})`,
    level === 'minute' ? [...values, stored] : [...values, stored, level],
  );
}

const at = (ms: number): string => new Date(ms).toISOString();

function get<T = WebhookAnalytics>(query: string, as = client): Promise<ApiResponse<T>> {
  return as.get<T>(`/api/v1/webhook-analytics?${query}`);
}

async function analytics(query: string): Promise<WebhookAnalytics> {
  const { status, json, text } = await get(query);
  expect({ status, problem: status === 200 ? '' : text }).toEqual({ status: 200, problem: '' });
  return json;
}

const counted = (executions: number): Partial<Measures> => ({
  executions,
  succeeded: executions,
  attempts: executions,
});

beforeAll(async () => {
  api = await isolatedApi();
  await ensureDayPartitions(api.pool, ['2026-01-10']);
  ({ client, id: accountId } = await api.account());
  const busy: Partial<Measures> = {
    executions: 10,
    succeeded: 6,
    failed: 2,
    cancelled: 1,
    attempts: 14,
    storedBytes: 5_000,
    attemptCounts: new Map([
      [1, 8],
      [3, 2],
    ]),
    errors: new Map([
      ['timeout_error', { failed: 2, cancelled: 0, attempts: 5 }],
      ['cancelled', { failed: 0, cancelled: 1, attempts: 0 }],
    ]),
    durations: histogramOf([5, 10], [1_000, 4]),
    startDelays: histogramOf([0, 10]),
    waits: new Map([
      ['retry', { waits: 4, ms: 20_000 }],
      ['rate_limited', { waits: 9, ms: 900 }],
    ]),
  };
  await row({ level: 'hour', at: DAY }, busy);
  await row({ level: 'hour', at: DAY + 2 * HOUR_MS }, counted(3));
  await row({ level: 'day', at: DAY }, { ...busy, executions: 13, attempts: 17 });
  await row({ level: 'day', at: DAY - DAY_MS }, counted(2));
});

afterAll(() => api.stop());

const HOURS = `from=${at(DAY)}&to=${at(DAY + 3 * HOUR_MS)}&interval=hour`;

describe('without groups', () => {
  test('the response has totals, latencies, errors, attempts, waits and one point for each interval', async () => {
    const answer = await analytics(HOURS);
    expect(answer).toMatchObject({
      from: '2026-01-10T00:00:00.000Z',
      to: '2026-01-10T03:00:00.000Z',
      interval: 'hour',
      group_by: 'none',
      complete: true,
      totals: {
        executions: 13,
        succeeded: 9,
        failed: 2,
        cancelled: 1,
        open: 1,
        success_rate: 9 / 11,
        attempts: 17,
        duration_ms: { p50: 5 },
        start_delay_ms: { p50: 0, p95: 0, p99: 0 },
      },
      attempt_counts: [
        { attempts: 1, executions: 8 },
        { attempts: 3, executions: 2 },
      ],
      errors: [
        { error_type: 'timeout_error', executions: 2, attempts: 5 },
        { error_type: 'cancelled', executions: 1, attempts: 0 },
      ],
      waits: [
        { reason: 'retry', waits: 4, waited_ms: 20_000 },
        { reason: 'rate_limited', waits: 9, waited_ms: 900 },
      ],
      start_delay_histogram: [{ from_ms: 0, below_ms: 1, count: 10 }],
      groups: [],
    });
    expect(Math.abs((answer.totals.duration_ms?.p99 ?? 0) - 1_000)).toBeLessThanOrEqual(50);
    expect(
      answer.series.map((point) => [point.at.slice(11, 16), point.executions, point.success_rate]),
    ).toEqual([
      ['00:00', 10, 0.75],
      ['01:00', 0, null],
      ['02:00', 3, 1],
    ]);
  });

  test('error_type restricts the counts to one error class, and omits latencies', async () => {
    const { totals, series, errors } = await analytics(`${HOURS}&error_type=timeout_error`);
    expect(totals).toEqual({
      executions: 2,
      succeeded: 0,
      failed: 2,
      cancelled: 0,
      open: 0,
      success_rate: 0,
      attempts: 5,
      duration_ms: null,
      start_delay_ms: null,
    });
    expect(series.map(({ attempts }) => attempts)).toEqual([5, 0, 0]);
    expect(errors).toHaveLength(1);
  });

  test.each([
    ['3 hours', { from: DAY, to: DAY + 3 * HOUR_MS, more: '' }, 'minute', 180],
    ['7 hours', { from: DAY + 1, to: DAY + 7 * HOUR_MS, more: '' }, 'hour', 7],
    ['31 days', { from: DAY, to: DAY + 31 * DAY_MS, more: '' }, 'hour', 744],
    ['32 days', { from: DAY, to: DAY + 32 * DAY_MS, more: '' }, 'day', 32],
    ['3 hours of an action', { from: DAY, to: DAY + 3 * HOUR_MS, more: '&action_id=a' }, 'hour', 3],
    ['8 days by action', { from: DAY, to: DAY + 8 * DAY_MS, more: '&group_by=action' }, 'day', 0],
  ])('the interval follows the range: %s', async (_, { from, to, more }, interval, count) => {
    const answer = await analytics(`from=${at(from)}&to=${at(to)}${more}`);
    expect({ interval: answer.interval, complete: answer.complete }).toEqual({ interval, complete: true });
    expect(answer.series).toHaveLength(count);
  });

  test('the last 24 hours are the default', async () => {
    const { from, to, interval } = await analytics('');
    expect(interval).toBe('hour');
    // There may be a 25th point, because both ends are rounded.
    expect([24, 25]).toContain((Date.parse(to) - Date.parse(from)) / HOUR_MS);
  });

  test.each([
    [`from=${at(DAY)}&to=${at(DAY)}`, 'from'],
    [`from=${at(DAY)}&to=${at(DAY + 401 * DAY_MS)}`, 'from'],
    [`from=${at(DAY)}&to=${at(DAY + 7 * HOUR_MS)}&interval=minute`, 'interval'],
    [`from=${at(DAY)}&to=${at(DAY + 8 * DAY_MS)}&interval=hour&group_by=action`, 'interval'],
    ['interval=week', 'interval'],
    ['groups=21', 'groups'],
    ['endpoint=%00', 'endpoint'],
  ])('%s gets a 400', async (query, field) => {
    const { status, json } = await get<Problem>(query);
    expect({ status, field: json.errors?.[0]?.field }).toEqual({ status: 400, field });
  });
});

describe('with groups and filters', () => {
  const T = DAY + 86_400_000;
  const RANGE = `from=${at(T)}&to=${at(T + 2 * HOUR_MS)}&interval=hour`;

  beforeAll(async () => {
    // 2 workflows with 3 actions each, in two hours.
    const actions = [6, 5, 4, 3, 2, 1].map((n, index) => ({ workflow: `w${index % 2}`, action: `a${n}`, n }));
    for (const hour of [0, 1]) {
      await row({ level: 'hour', at: T + hour * HOUR_MS }, counted(21));
      for (const { workflow, action, n } of actions) {
        for (const key of [{ action }, { workflow, action }]) {
          await row({ level: 'hour', at: T + hour * HOUR_MS, key }, counted(n));
        }
      }
      await row({ level: 'hour', at: T + hour * HOUR_MS, key: { workflow: 'w0' } }, counted(12));
    }
    for (const { workflow, action, n } of actions) {
      for (const key of [{ action }, { workflow, action }])
        await row({ level: 'day', at: T, key }, counted(2 * n));
    }
  });

  test('the response shows the largest groups, and the rest as other', async () => {
    const { totals, groups, series } = await analytics(`${RANGE}&group_by=action&groups=3`);
    expect(totals.executions).toBe(42);
    expect(series).toEqual([]);
    expect(
      groups.map(({ key, other, totals, series }) => [key, other, totals.executions, series.length]),
    ).toEqual([
      ['a6', false, 12, 2],
      ['a5', false, 10, 2],
      ['a4', false, 8, 2],
      [null, true, 12, 2],
    ]);
    expect(groups[3]?.series.map(({ executions }) => executions)).toEqual([6, 6]);
  });

  test('a filter restricts totals and groups', async () => {
    const { totals, groups } = await analytics(`${RANGE}&workflow_id=w0&group_by=action`);
    expect(totals.executions).toBe(24);
    expect(groups.map(({ key, totals }) => [key, totals.executions])).toEqual([
      ['a6', 12],
      ['a4', 8],
      ['a2', 4],
    ]);
  });

  test('a filter by the grouped dimension results in one group', async () => {
    const { totals, groups } = await analytics(`${RANGE}&action_id=a5&group_by=action`);
    expect(totals.executions).toBe(10);
    expect(groups.map(({ key, totals }) => [key, totals.executions])).toEqual([['a5', 10]]);
  });

  test('executions can be grouped by error class', async () => {
    const { groups } = await analytics(`${HOURS}&group_by=error_type`);
    expect(groups.map(({ key, other, totals }) => [key, other, totals.executions, totals.attempts])).toEqual([
      ['timeout_error', false, 2, 5],
      ['cancelled', false, 1, 0],
      [null, true, 10, 12],
    ]);
  });

  test('incomplete numbers are marked as incomplete', async () => {
    const late = T + 10 * HOUR_MS;
    await row({ level: 'hour', at: late }, counted(9));
    await row({ level: 'hour', at: late, set: 2, others: true }, counted(4));
    await row({ level: 'hour', at: late, key: { action: 'a1' } }, counted(5));
    const range = `from=${at(late)}&to=${at(late + HOUR_MS)}&interval=hour`;
    expect(await analytics(`${range}&action_id=a1`)).toMatchObject({
      complete: false,
      totals: { executions: 5 },
    });
    expect(await analytics(`${range}&group_by=action`)).toMatchObject({
      complete: true,
      totals: { executions: 9 },
    });
    await row({ level: 'hour', at: late + HOUR_MS }, counted(1), true);
    const next = `from=${at(late + HOUR_MS)}&to=${at(late + 2 * HOUR_MS)}&interval=hour`;
    expect(await analytics(next)).toMatchObject({ complete: false });
  });

  test('minutes are filtered and grouped by their finest keys', async () => {
    const key = { workflow: 'w', action: 'a', endpoint: 'https://a.example/x' };
    const minute = { level: 'minute', at: DAY + 60_000 } as const;
    await row(minute, counted(9));
    await row({ ...minute, key }, counted(4));
    await row({ ...minute, key: { ...key, action: 'b' } }, counted(3));
    await row({ ...minute, set: 7, key: { ...key, workflow: 'v' }, others: false }, counted(1));
    await row({ ...minute, set: 7, others: true }, counted(1));
    const range = `from=${at(DAY)}&to=${at(DAY + 180_000)}&interval=minute`;
    expect((await analytics(range)).series.map(({ executions }) => executions)).toEqual([0, 9, 0]);
    const grouped = await analytics(`${range}&group_by=workflow`);
    expect(grouped.groups.map(({ key, totals }) => [key, totals.executions])).toEqual([
      ['w', 7],
      ['v', 1],
      [null, 1],
    ]);
    const filtered = await analytics(
      `${range}&endpoint=${encodeURIComponent(key.endpoint)}&action_id=a&group_by=workflow`,
    );
    expect(filtered).toMatchObject({ complete: false, totals: { executions: 5 } });
  });
});

test('usage lists every day of the range', async () => {
  const { status, json } = await client.get<Usage>(`/api/v1/usage?from=${at(DAY - DAY_MS)}&to=${at(DAY)}`);
  expect(status).toBe(200);
  expect(json.data).toEqual([
    { day: '2026-01-09', executions: 2, attempts: 2, stored_bytes: 0 },
    { day: '2026-01-10', executions: 13, attempts: 17, stored_bytes: 5_000 },
  ]);
  expect((await client.get<Usage>('/api/v1/usage')).json.data).toHaveLength(30);
  expect((await client.get(`/api/v1/usage?from=${at(DAY)}&to=${at(DAY - 1)}`)).status).toBe(400);
});

test('data of other accounts is never shown, and the read scope is required', async () => {
  const other = await api.account();
  const { json } = await get(HOURS, other.client);
  expect(json.totals.executions).toBe(0);
  const usage = await other.client.get<Usage>(`/api/v1/usage?from=${at(DAY)}&to=${at(DAY)}`);
  expect(usage.json.data).toEqual([{ day: '2026-01-10', executions: 0, attempts: 0, stored_bytes: 0 }]);
  const scopes = { account_id: accountId, name: 'execute only', scopes: ['execute'] };
  const key = await api.admin.post<{ key: string }>('/api/v1/api-keys', scopes);
  expect((await get(HOURS, api.as(key.json.key))).status).toBe(403);
});
