import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { freePort } from '@hookline/testkit/stack/free-port';
import { request as httpRequest } from 'undici';
import { startService, type StoryProcess } from '../support/service-process.ts';
import { startStory, type Story } from '../support/story.ts';

/** A replay job whose config-api dies twice, at the worst moments. */

const EXECUTIONS = Number(process.env['HOOKLINE_REPLAY_EXECUTIONS'] ?? 1_000);
const RATE = EXECUTIONS > 1_000 ? 500 : 200;
/** Maximum number of requests in one body. */
const BULK = 1_000;
/** Number of executions at which a plan stops counting. */
const MAX_COUNTED = 10_000;
const DEADLINE_MS = 60_000 + EXECUTIONS * 40;
const JOBS = '/api/v1/replay-jobs';

let story: Story;
let running: StoryProcess | undefined;

beforeAll(async () => {
  story = await startStory({ env: { HOOKLINE_ACCOUNT_EXECUTIONS_PER_SECOND: '5000' } });
});

afterAll(async () => {
  await running?.stop();
  await story.stop();
});

type Answer = Record<string, unknown>;

interface Progress {
  total: number;
  replayed: number;
}

/** Starts config-api as a process; returns the process, and a client of it with this key. */
async function startConfigApi(key: string, faultPoint?: string) {
  const port = await freePort();
  const fault: Record<string, string> = faultPoint === undefined ? {} : { HOOKLINE_FAULT_POINT: faultPoint };
  running = await startService('config-api', story.hookline, { PORT: String(port), ...fault });
  const send = async (method: 'GET' | 'POST', path: string): Promise<Answer> => {
    const headers = { authorization: `Bearer ${key}` };
    const { statusCode, body } = await httpRequest(`http://127.0.0.1:${port}${path}`, { method, headers });
    const answer = (await body.json()) as Answer;
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${JSON.stringify(answer)}`);
    return answer;
  };
  return { process: running, send };
}

const progressOf = (job: Answer): Progress => job['progress'] as Progress;

it(
  'A-045 a job that is paused and resumed, and whose service is killed, replays 1,000 executions once each',
  async () => {
    const { account, hookline, receiver } = story;
    receiver.script('/a-045', { status: 404 });
    const actionId = await account.createAction({ url: `${receiver.url}/a-045`, method: 'POST' });
    const origins = await requestAll(actionId);
    await receiver.requests(EXECUTIONS, { deadlineMs: DEADLINE_MS });

    const filter = { status: 'error', error_type: 'client_error', action_id: actionId };
    const count = Math.min(EXECUTIONS, MAX_COUNTED);
    const order = { filter, rate_per_second: RATE };
    await untilInHistory(origins);
    const { body: planned } = await account.send('POST', JOBS, order);
    expect(planned).toMatchObject({ state: 'planned', planned: { count, exact: EXECUTIONS < MAX_COUNTED } });
    expect((planned['planned'] as { sample: unknown[] }).sample).toHaveLength(10);
    const job = `${JOBS}/${String(planned['id'])}`;
    const created = await hookline.api.send('POST', '/api/v1/api-keys', {
      account_id: account.id,
      name: 'job',
      scopes: ['read', 'execute'],
    });
    const key = String(created.body['key']);
    receiver.script('/a-045', { status: 200 });
    await hookline.stopConfigApi();

    // Dies when a batch is stored, but not published.
    const first = await startConfigApi(key, 'replay.batch-stored:3');
    expect((await first.send('POST', `${job}/start`))['state']).toBe('running');
    await first.process.fault;

    // Dies when a batch is published, but not recorded.
    const second = await startConfigApi(key, 'replay.batch-published:3');
    expect(await second.send('GET', job)).toMatchObject({ state: 'running' });
    await second.process.fault;

    const third = await startConfigApi(key);
    expect((await third.send('POST', `${job}/pause`))['state']).toBe('paused');
    const paused = progressOf(await third.send('GET', job));
    expect(paused.total).toBeGreaterThan(0);
    expect(paused.total).toBeLessThan(EXECUTIONS);
    expect((await third.send('POST', `${job}/resume`))['state']).toBe('running');
    let shown: Answer;
    const progress: number[] = [];
    do {
      shown = await third.send('GET', job);
      progress.push(progressOf(shown).replayed);
      // No event signals progress, so this polls, with pauses that keep it within the request quota of the key.
      await sleep(25);
    } while (shown['state'] === 'running');
    expect(shown).toMatchObject({
      state: 'completed',
      progress: { total: EXECUTIONS, replayed: EXECUTIONS, skipped: 0, failed: 0 },
    });
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(new Set(progress).size).toBeGreaterThan(2);

    const isReplay = (one: { header(name: string): string | undefined }): boolean =>
      !origins.has(one.header('webhook-id') ?? '');
    await receiver.requests(2 * EXECUTIONS, { deadlineMs: DEADLINE_MS });
    const calls = receiver.seen.filter(isReplay).map((one) => one.header('webhook-id'));
    expect(calls).toHaveLength(EXECUTIONS);
    expect(new Set(calls).size).toBe(EXECUTIONS);
    const ids = new Set(calls);
    await hookline.probe.until('WebhookCompleted', ({ executionId }) => {
      ids.delete(executionId);
      return ids.size === 0;
    });
    const ended = hookline.probe.all('WebhookCompleted').filter(({ replayOf }) => replayOf !== null);
    expect(ended).toHaveLength(EXECUTIONS);
    expect(new Set(ended.map(({ replayOf }) => replayOf))).toEqual(origins);
    expectCapKept();
  },
  240_000 + 4 * DEADLINE_MS,
);

/** Requests the calls that will fail, in as few bodies as possible; returns the ids of their executions. */
async function requestAll(actionId: string): Promise<Set<string>> {
  const ids = new Set<string>();
  while (ids.size < EXECUTIONS) {
    const length = Math.min(EXECUTIONS - ids.size, BULK);
    const items = Array.from({ length }, () => ({ action_id: actionId }));
    const { body } = await story.account.send('POST', '/api/v1/webhook-executions/bulk', { items });
    for (const answer of body['data'] as Answer[])
      if (answer['status'] === 202) ids.add(String(answer['execution_id']));
  }
  return ids;
}

/** Waits until history shows the end of every execution. */
async function untilInHistory(ids: ReadonlySet<string>): Promise<void> {
  const pool = createPool(
    {},
    {
      databaseUrl: story.hookline.databaseUrl,
      applicationName: 'story',
      maxConnections: 1,
    },
  );
  try {
    for (;;) {
      const { rows } = await pool.query<{ count: number }>(
        "SELECT count(*)::int AS count FROM webhook_executions WHERE account_id = $1 AND status = 'error'",
        [story.account.id],
      );
      if (rows[0]?.count === ids.size) return;
      await sleep(100);
    }
  } finally {
    await pool.end();
  }
}

/** Checks that no second contains more requests than the rate permits. */
function expectCapKept(): void {
  const times = new Map(
    story.hookline.probe
      .all('WebhookRequested')
      .filter(({ replayOf }) => replayOf !== null)
      .map(({ executionId, requestedAt }) => [executionId, requestedAt]),
  );
  const sorted = [...times.values()].toSorted((a, b) => a - b);
  let first = 0;
  let max = 0;
  for (const [index, at] of sorted.entries()) {
    while (at - (sorted[first] ?? at) >= 1_000) first++;
    max = Math.max(max, index - first + 1);
  }
  expect(max).toBeLessThanOrEqual(RATE);
}
