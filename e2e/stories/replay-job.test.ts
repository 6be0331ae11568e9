import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freePort } from '@hookline/testkit/stack/free-port';
import { request as httpRequest } from 'undici';
import { startService, type StoryProcess } from '../support/service-process.ts';
import { startStory, type Story } from '../support/story.ts';

/** A job of replays whose config-api dies twice, at the worst places. */
const EXECUTIONS = 1_000;
const RATE = 200;
const JOBS = '/api/v1/replay-jobs';

let story: Story;
let running: StoryProcess | undefined;

beforeAll(async () => {
  story = await startStory();
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

/** Starts config-api as a process; returns a client of it for the account. */
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

it('A-045 1,000 failed executions are replayed by a job that is paused, resumed and whose service is killed, each exactly once', async () => {
  const { account, hookline, receiver } = story;
  receiver.script('/a-045', { status: 404 });
  const actionId = await account.createAction({ url: `${receiver.url}/a-045`, method: 'POST' });
  const items = Array.from({ length: EXECUTIONS }, () => ({ action_id: actionId }));
  const requested = await account.send('POST', '/api/v1/webhook-executions/bulk', { items });
  expect(requested.body).toMatchObject({ accepted: EXECUTIONS });
  const origins = (requested.body['data'] as Answer[]).map((answer) => String(answer['execution_id']));
  await Promise.all(origins.map((executionId) => hookline.outcome({ executionId }, 60_000)));

  const filter = { status: 'error', error_type: 'client_error', action_id: actionId };
  let planned: Answer;
  do {
    // History follows within a moment; a plan that is short is aborted.
    ({ body: planned } = await account.send('POST', JOBS, { filter, rate_per_second: RATE }));
  } while ((planned['planned'] as Answer)['count'] !== EXECUTIONS && (await abort(planned)));
  expect(planned).toMatchObject({ state: 'planned', planned: { count: EXECUTIONS, exact: true } });
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
    // Within the quota of the key; progress has no signal.
    await sleep(25);
  } while (shown['state'] === 'running');
  expect(shown).toMatchObject({
    state: 'completed',
    progress: { total: EXECUTIONS, replayed: EXECUTIONS, skipped: 0, failed: 0 },
  });
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(new Set(progress).size).toBeGreaterThan(2);

  const isReplay = (one: { header(name: string): string | undefined }): boolean =>
    !origins.includes(one.header('webhook-id') ?? '');
  await receiver.requests(EXECUTIONS, { where: isReplay, deadlineMs: 60_000 });
  const calls = receiver.seen.filter(isReplay).map((one) => one.header('webhook-id'));
  expect(calls).toHaveLength(EXECUTIONS);
  expect(new Set(calls).size).toBe(EXECUTIONS);
  for (const executionId of calls) await hookline.outcome({ executionId: executionId ?? '' }, 60_000);
  const ended = hookline.probe.all('WebhookCompleted').filter(({ replayOf }) => replayOf !== null);
  expect(ended).toHaveLength(EXECUTIONS);
  expect(new Set(ended.map(({ replayOf }) => replayOf))).toEqual(new Set(origins));
  expectCapKept();
}, 240_000);

async function abort(planned: Answer): Promise<true> {
  await story.account.send('POST', `${JOBS}/${String(planned['id'])}/abort`);
  return true;
}

/** By the times at which the requests were made: bursts of a tenth of the rate add to a second. */
function expectCapKept(): void {
  const times = new Map(
    story.hookline.probe
      .all('WebhookRequested')
      .filter(({ replayOf }) => replayOf !== null)
      .map(({ executionId, requestedAt }) => [executionId, requestedAt]),
  );
  const sorted = [...times.values()].toSorted((a, b) => a - b);
  const perSecond = sorted.map((from) => sorted.filter((at) => at >= from && at < from + 1_000).length);
  expect(Math.max(...perSecond)).toBeLessThanOrEqual(RATE * 1.2);
}
