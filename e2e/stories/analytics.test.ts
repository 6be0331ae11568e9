import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SAMPLE_CONTEXT } from '@hookline/testkit/builders';
import { startStory, type Story } from '../support/story.ts';

/** Makes calls and checks the figures that the API then shows about them. */
let story: Story;

beforeAll(async () => {
  story = await startStory({
    scripts: { '/fails-once': [{ status: 503 }, {}], '/missing': { status: 404 } },
    env: { HOOKLINE_ANALYTICS_EVERY_MS: '100' },
  });
});

afterAll(() => story.stop());

async function call(path: string, options: Record<string, unknown> = {}): Promise<string> {
  const { account, hookline } = story;
  const actionId = await account.createAction({ method: 'POST', url: story.receiver.url + path, ...options });
  const request = await hookline.engine.request({
    accountId: account.id,
    actionId,
    context: JSON.stringify(SAMPLE_CONTEXT),
  });
  await hookline.outcome(request);
  return actionId;
}

const totals = (body: Record<string, unknown>): Record<string, unknown> =>
  body['totals'] as Record<string, unknown>;

it('executions are counted with their attempts, errors, waits and latencies, and shown by group', async () => {
  const { account } = story;
  const retried = await call('/fails-once');
  await call('/missing');
  await call('/ok');
  const ended = (body: Record<string, unknown>): boolean =>
    totals(body)['executions'] === 3 && totals(body)['open'] === 0 && totals(body)['attempts'] === 4;
  // Hourly figures are computed from figures per minute, and daily figures from hourly figures, so each interval shows
  // the calls a moment later than the next shorter interval does.
  for (const interval of ['minute', 'hour', 'day']) {
    const from = interval === 'minute' ? `&from=${new Date(Date.now() - 600_000).toISOString()}` : '';
    const shown = await account.shown(`/api/v1/webhook-analytics?interval=${interval}${from}`, ended);
    expect(shown).toMatchObject({
      complete: true,
      totals: { executions: 3, succeeded: 2, failed: 1, success_rate: 2 / 3, attempts: 4 },
      attempt_counts: [
        { attempts: 1, executions: 2 },
        { attempts: 2, executions: 1 },
      ],
      errors: [
        { error_type: 'client_error', executions: 1, attempts: 1 },
        { error_type: 'server_error', executions: 0, attempts: 1 },
      ],
      waits: [{ reason: 'retry', waits: 1 }],
    });
    const { duration_ms: duration, start_delay_ms: startDelay } = totals(shown);
    expect({ duration, startDelay }).toEqual({
      duration: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
      startDelay: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
    });
  }
  const byEndpoint = await account.shown('/api/v1/webhook-analytics?interval=hour&group_by=endpoint', ended);
  const keys = (byEndpoint['groups'] as { key: string }[]).map(({ key }) => key);
  expect(keys.toSorted((a, b) => a.localeCompare(b))).toEqual(
    ['/fails-once', '/missing', '/ok'].map((path) => story.receiver.url + path),
  );
  const ofAction = await account.shown(
    `/api/v1/webhook-analytics?interval=day&action_id=${retried}`,
    () => true,
  );
  expect(totals(ofAction)).toMatchObject({ executions: 1, succeeded: 1, attempts: 2 });
});

it('usage counts the executions, attempts and bytes of the day', async () => {
  const used = await story.account.shown('/api/v1/usage', (body) =>
    (body['data'] as { attempts: number }[]).some(({ attempts }) => attempts === 4),
  );
  const today = (used['data'] as Record<string, number>[]).findLast(
    ({ executions }) => (executions ?? 0) > 0,
  );
  expect(today).toMatchObject({ executions: 3, attempts: 4 });
  // Each execution stores a context of about 260 bytes, and each attempt its URL and headers.
  expect(today?.['stored_bytes']).toBeGreaterThan(1_000);
});
