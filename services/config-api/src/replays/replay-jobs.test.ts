import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { ReplayItemList, ReplayJob, ReplayJobList } from '@hookline/shared/contracts/rest/replays';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { insertExecutions, preparePartition, type TestExecution } from '../testing/history-rows.ts';
import { createReplayJobStore } from './pg-replay-jobs.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import { type Client, startApi } from '../testing/running-api.ts';

const JOBS = '/api/v1/replay-jobs';
const ACTIONS = '/api/v1/workflows/workflow_1/actions/webhook';
const AT = Date.now() - 3_600_000;

let api: IsolatedApi;
let probe: TopicProbe;

beforeAll(async () => {
  api = await isolatedApi();
  probe = await api.probe();
  await preparePartition(api.pool, AT);
  await preparePartition(api.pool, AT - 50_000);
});

afterAll(() => api.stop());

interface Owner {
  accountId: string;
  client: Client;
  actionId: string;
}

async function owner(): Promise<Owner> {
  const { client, id: accountId } = await api.account();
  const input = { url: 'https://93.184.216.34/hook', method: 'POST' };
  const { json } = await client.post<SavedWebhookAction>(ACTIONS, input);
  return { accountId, client, actionId: json.id };
}

/** Inserts failed executions of the action into history, a millisecond apart; returns their ids. */
async function failed(
  { accountId, actionId }: Owner,
  count: number,
  columns: (index: number) => Partial<TestExecution> = () => ({}),
): Promise<string[]> {
  const rows = Array.from({ length: count }, (_, index) => ({
    account_id: accountId,
    action_id: actionId,
    execution_id: randomUUID(),
    accepted_at: AT + index,
    ...columns(index),
  }));
  await insertExecutions(api.pool, rows);
  return rows.map(({ execution_id }) => execution_id);
}

const plan = ({ client }: Owner, body: object = {}) =>
  client.post<ReplayJob & Problem>(JOBS, { filter: { status: 'error' }, rate_per_second: 500, ...body });

const step = ({ client }: Owner, { id }: { id: string }, name: string) =>
  client.post<ReplayJob & Problem>(`${JOBS}/${id}/${name}`, undefined);

async function ended({ client }: Owner, { id }: { id: string }, state = 'completed'): Promise<ReplayJob> {
  for (;;) {
    const { json } = await client.get<ReplayJob>(`${JOBS}/${id}`);
    if (json.state === state) return json;
  }
}

async function itemsOf(
  { client }: Owner,
  { id }: { id: string },
  query = '',
): Promise<ReplayItemList['data']> {
  const all: ReplayItemList['data'] = [];
  let cursor: string | null = null;
  do {
    const page: string = cursor === null ? '' : `&cursor=${cursor}`;
    const { json } = await client.get<ReplayItemList>(`${JOBS}/${id}/items?limit=100${query}${page}`);
    all.push(...json.data);
    cursor = json.next_cursor;
  } while (cursor !== null);
  return all;
}

const textWith = (part: string): unknown => expect.stringContaining(part);

const replaysOf = ({ accountId }: Owner) =>
  probe.all('WebhookRequested').filter((one) => one.accountId === accountId && one.replayOf !== null);

async function allPublished(of: Owner, count: number): Promise<void> {
  const seen = new Set<string>();
  while (seen.size < count) {
    const isNew = (id: string): boolean => !seen.has(id);
    const { accountId } = of;
    const event = await probe.next(
      'WebhookRequested',
      (one) => one.accountId === accountId && one.replayOf !== null && isNew(one.executionId),
    );
    seen.add(event.executionId);
  }
}

describe('a replay job', () => {
  test('counts executions and shows a sample when it is planned, without starting', async () => {
    const of = await owner();
    const ids = await failed(of, 25);
    await failed(of, 3, () => ({ status: 'success', error_type: null }));
    const { status, json } = await plan(of);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      state: 'planned',
      definition: 'current',
      filter: { status: 'error' },
      planned: { count: 25, exact: true },
      progress: { total: 0, replayed: 0, skipped: 0, failed: 0 },
    });
    expect(json.planned.sample.map((one) => one.execution_id)).toEqual(ids.slice(0, 10));
    expect(replaysOf(of)).toEqual([]);
  });

  test('counts executions up to a limit, and reports that there are more', async () => {
    const of = await owner();
    await failed(of, 11_500);
    const { json } = await plan(of);
    expect(json.planned).toMatchObject({ count: 10_000, exact: false });
  });

  test('replays each execution once, oldest first, and lists the results', async () => {
    const of = await owner();
    const ids = await failed(of, 120);
    const { json: job } = await plan(of);
    expect((await step(of, job, 'start')).json.state).toBe('running');
    const done = await ended(of, job);
    expect(done.progress).toEqual({ total: 120, replayed: 120, skipped: 0, failed: 0 });
    await allPublished(of, 120);
    const replays = replaysOf(of);
    expect(replays.map(({ replayOf }) => replayOf)).toEqual(ids);
    expect(new Set(replays.map(({ executionId }) => executionId)).size).toBe(120);
    expect(replays[0]).toMatchObject({ context: '{"contact":{"price":10.50}}', stepId: 'step_1' });
    const items = await itemsOf(of, job);
    expect(items.map((item) => [item.replay_of, item.execution_id])).toEqual(
      replays.map(({ replayOf, executionId }) => [replayOf, executionId]),
    );
    expect(new Set(items.map(({ state }) => state))).toEqual(new Set(['replayed']));
    // A finished job cannot be started again.
    expect((await step(of, job, 'start')).status).toBe(409);
  });

  test('skips executions that have not ended or have no context, and marks those that cannot be published as failed', async () => {
    const of = await owner();
    const large = JSON.stringify({ a: 'x'.repeat(2_200_000) });
    const contexts = [null, large, '{}'];
    const ids = await failed(of, 5, (index) =>
      index < 3
        ? { context: contexts[index] }
        : index === 3
          ? { status: 'pending', completed_at: null }
          : { action_id: randomUUID() },
    );
    const { json: job } = await plan(of, { filter: {} });
    await step(of, job, 'start');
    const done = await ended(of, job);
    expect(done.progress).toEqual({ total: 5, replayed: 1, skipped: 2, failed: 2 });
    expect(await itemsOf(of, job)).toMatchObject([
      { replay_of: ids[0], state: 'skipped', execution_id: null, reason: textWith('is not stored') },
      { replay_of: ids[1], state: 'failed', reason: textWith('larger than 2 MiB') },
      { replay_of: ids[2], state: 'replayed', reason: null },
      { replay_of: ids[3], state: 'skipped', execution_id: null, reason: 'The execution is pending' },
      { replay_of: ids[4], state: 'failed', reason: textWith('was deleted') },
    ]);
    expect(await itemsOf(of, job, '&state=failed')).toHaveLength(2);
  });

  test('ends when it has reached its maximum', async () => {
    const of = await owner();
    await failed(of, 60);
    const { json: job } = await plan(of, { max: 55 });
    await step(of, job, 'start');
    expect((await ended(of, job)).progress.total).toBe(55);
  });

  test('does not exceed its rate in any second', async () => {
    const of = await owner();
    await failed(of, 300);
    const { json: job } = await plan(of, { rate_per_second: 100 });
    await step(of, job, 'start');
    await ended(of, job);
    const { rows } = await api.pool.query<{ requested_at: Date }>(
      'SELECT requested_at FROM replay_job_items WHERE job_id = $1 ORDER BY 1',
      [job.id],
    );
    const times = rows.map((row) => row.requested_at.getTime());
    const inSecond = times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length);
    expect(Math.max(...inSecond)).toBeLessThanOrEqual(100);
  });

  test('can be paused, resumed and aborted only in some states, and each step may be repeated', async () => {
    const of = await owner();
    await failed(of, 40);
    const { json: job } = await plan(of, { rate_per_second: 10 });
    expect((await step(of, job, 'pause')).json.code).toBe('replay_job_state');
    await step(of, job, 'start');
    expect((await step(of, job, 'pause')).json.state).toBe('paused');
    expect((await step(of, job, 'pause')).status).toBe(200);
    expect((await step(of, job, 'start')).status).toBe(409);
    const { progress } = await ended(of, job, 'paused');
    expect((await step(of, job, 'resume')).json.state).toBe('running');
    expect(['aborting', 'aborted']).toContain((await step(of, job, 'abort')).json.state);
    const aborted = await ended(of, job, 'aborted');
    expect(aborted.progress.total).toBeLessThan(40);
    expect(aborted.progress.total).toBeGreaterThanOrEqual(progress.total);
    expect((await step(of, job, 'resume')).status).toBe(409);
    const { json: planned } = await plan(of);
    expect((await step(of, planned, 'abort')).json.state).toBe('aborted');
  });

  test('cannot be planned beside twenty unfinished jobs of its account, or started beside two running jobs', async () => {
    const of = await owner();
    await failed(of, 1_000);
    const jobs: ReplayJob[] = [];
    for (let i = 0; i < 20; i++) jobs.push((await plan(of, { rate_per_second: 1 })).json);
    expect(await plan(of)).toMatchObject({ status: 409, json: { code: 'too_many_replay_jobs' } });
    const [first, second, third] = jobs;
    if (!first || !second || !third) throw new Error('no jobs');
    await step(of, first, 'start');
    await step(of, second, 'start');
    expect(await step(of, third, 'start')).toMatchObject({
      status: 409,
      json: { code: 'too_many_replay_jobs' },
    });
    await step(of, first, 'pause');
    expect((await step(of, third, 'start')).status).toBe(200);
    for (const job of jobs) await step(of, job, 'abort');
  });

  test('is rejected while its account plans another job, and at 1,000 jobs replaces the oldest that was aborted before its start', async () => {
    const of = await owner();
    const both = await Promise.all([plan(of), plan(of), plan(of)]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    await api.pool.query(
      `INSERT INTO replay_jobs (account_id, job_id, state, filter, definition, rate_per_second, max_items,
                                accepted_before, planned_count, planned_exactly, sample, started_at, created_at)
       SELECT account_id, gen_random_uuid(), 'aborted', filter, definition, 1, 1, accepted_before, 0, true, sample,
              CASE WHEN n > 2 THEN now() END, now() - n * interval '1 minute'
         FROM replay_jobs, generate_series(1, 999) AS n WHERE account_id = $1`,
      [of.accountId],
    );
    expect((await plan(of)).status).toBe(201);
    expect((await plan(of)).status).toBe(201);
    expect(await plan(of)).toMatchObject({ status: 409, json: { code: 'too_many_replay_jobs' } });
  });

  test('R-023: is rejected if the jobs of its account would have more than five million executions', async () => {
    const own = await owner();
    const first = await plan(own, { max: 1_000_000 });
    await own.client.post(`${JOBS}/${first.json.id}/abort`, undefined);
    const kept = 'UPDATE replay_jobs SET selected = 4000001 WHERE account_id = $1';
    await api.pool.query(kept, [own.accountId]);
    const refused = await plan(own, { max: 1_000_000 });
    expect([refused.status, refused.json.code]).toEqual([409, 'too_many_replay_jobs']);
    expect(refused.json.detail).toContain('5000000 executions');
    expect((await plan(own, { max: 999_999 })).status).toBe(201);
    expect((await plan(own, { max: 1 })).status).toBe(409);
  });

  test('is invisible to another account, like its items, and never selects executions of another account', async () => {
    const [of, stranger] = [await owner(), await owner()];
    await failed(of, 3);
    const theirs = await failed(stranger, 3);
    const { json: job } = await plan(of, { filter: {} });
    expect(job.planned.count).toBe(3);
    for (const path of ['', '/items']) {
      expect((await stranger.client.get(`${JOBS}/${job.id}${path}`)).status).toBe(404);
      expect((await of.client.get(`${JOBS}/no-uuid${path}`)).status).toBe(404);
    }
    for (const name of ['start', 'pause', 'resume', 'abort'])
      expect((await step(stranger, job, name)).status).toBe(404);
    expect((await stranger.client.get<ReplayJobList>(JOBS)).json.data).toEqual([]);
    await step(of, job, 'start');
    await ended(of, job);
    await allPublished(of, 3);
    expect(replaysOf(of).some(({ replayOf }) => theirs.includes(replayOf ?? ''))).toBe(false);
    expect(replaysOf(stranger)).toEqual([]);
  });

  test('appears in the list of its account, which is sorted newest first and paged', async () => {
    const of = await owner();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await plan(of)).json.id);
    const first = await of.client.get<ReplayJobList>(`${JOBS}?limit=3`);
    const rest = await of.client.get<ReplayJobList>(`${JOBS}?limit=3&cursor=${first.json.next_cursor}`);
    expect([...first.json.data, ...rest.json.data].map(({ id }) => id)).toEqual(ids);
    expect(rest.json.next_cursor).toBeNull();
    expect((await of.client.get(`${JOBS}?cursor=WzEsIngiXQ`)).status).toBe(400);
  });

  test.each([
    ['no filter', { filter: undefined }, 'filter'],
    ['an unknown field of the filter', { filter: { account_id: 'x' } }, 'filter.account_id'],
    ['a rate over the quota of the account', { rate_per_second: 501 }, 'rate_per_second'],
    ['a rate of 0', { rate_per_second: 0 }, 'rate_per_second'],
    ['a maximum over the limit', { max: 1_000_001 }, 'max'],
  ])('is refused with %s', async (_name, body, field) => {
    const { status, json } = await plan(await owner(), body);
    expect({ status, fields: json.errors?.map((error) => error.field) }).toEqual({
      status: 422,
      fields: [field],
    });
  });
});

describe('an instance', () => {
  test('that is killed leaves its batch to the next instance, which publishes the same executions', async () => {
    const of = await owner();
    await failed(of, 30);
    const { json: job } = await plan(of, { rate_per_second: 300 });
    // Creates the state that an instance leaves behind if it is killed after it has stored a batch.
    await api.pool.query(
      `INSERT INTO replay_job_items (account_id, job_id, requested_at, origin_accepted_at, origin_execution_id,
                                     execution_id, state)
       SELECT account_id, $2, '2026-01-01', accepted_at, execution_id, gen_random_uuid(), 'pending'
         FROM webhook_executions WHERE account_id = $1`,
      [of.accountId, job.id],
    );
    await api.pool.query('UPDATE replay_jobs SET selected = 30, max_items = 30 WHERE job_id = $1', [job.id]);
    const stored = await itemsOf(of, job);
    await step(of, job, 'start');
    expect((await ended(of, job)).progress).toMatchObject({ total: 30, replayed: 30 });
    await allPublished(of, 30);
    expect(replaysOf(of).map(({ executionId }) => executionId)).toEqual(
      stored.map((item) => item.execution_id),
    );
    expect(new Set(replaysOf(of).map(({ requestedAt }) => requestedAt))).toEqual(
      new Set([Date.parse('2026-01-01T00:00:00Z')]),
    );
  });

  test('that is killed leaves items that are listed as failed, with the ids of their replays, when the job is aborted', async () => {
    const of = await owner();
    await failed(of, 2);
    const { json: job } = await plan(of);
    await api.pool.query(
      `INSERT INTO replay_job_items (account_id, job_id, requested_at, origin_accepted_at, origin_execution_id,
                                     execution_id, state)
       SELECT account_id, $2, now(), accepted_at, execution_id, gen_random_uuid(), 'pending'
         FROM webhook_executions WHERE account_id = $1`,
      [of.accountId, job.id],
    );
    await api.pool.query("UPDATE replay_jobs SET state = 'paused', selected = 2 WHERE job_id = $1", [job.id]);
    await step(of, job, 'abort');
    expect((await ended(of, job, 'aborted')).progress).toMatchObject({ failed: 2, replayed: 0 });
    const items = await itemsOf(of, job);
    expect(items).toMatchObject([{ state: 'failed', execution_id: expect.any(String) }, { state: 'failed' }]);
    expect(replaysOf(of)).toEqual([]);
  });

  test('shares jobs with another instance, and each execution is replayed once', async () => {
    const second = await startApi({ databaseUrl: api.databaseUrl, topics: api.topics });
    try {
      const of = await owner();
      await failed(of, 400);
      const { json: job } = await plan(of);
      await step(of, job, 'start');
      expect((await ended(of, job)).progress).toMatchObject({ total: 400, replayed: 400 });
      await allPublished(of, 400);
      expect(replaysOf(of)).toHaveLength(400);
    } finally {
      await second.stop();
    }
  });
});

test('jobs are deleted with their items 30 days after they were created', async () => {
  const of = await owner();
  await failed(of, 2);
  const { json: job } = await plan(of);
  await step(of, job, 'start');
  await ended(of, job);
  await api.pool.query("UPDATE replay_jobs SET created_at = now() - interval '31 days' WHERE job_id = $1", [
    job.id,
  ]);
  const turns = { run: <T>(_: string, work: () => Promise<T>) => work() };
  await createReplayJobStore({ pool: api.pool, turns }).deleteExpired();
  expect((await of.client.get(`${JOBS}/${job.id}`)).status).toBe(404);
  const { rows } = await api.pool.query('SELECT FROM replay_job_items WHERE job_id = $1', [job.id]);
  expect(rows).toEqual([]);
});
