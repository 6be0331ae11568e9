import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseJsonToWrite } from '@hookline/shared/contracts/lossless-json';
import { request as httpRequest } from 'undici';
import type { Account } from '../support/api.ts';
import { startStory, type Story } from '../support/story.ts';

/**
 * One account configures, sends and receives the inputs that cost the most CPU time (findings 2, 4, 7 and 8), while
 * another account makes ordinary calls. Costly work runs in worker threads, so only the CPU time of the event loops is
 * asserted.
 */

const TEST = '/api/v1/webhooks/test';
const CREATE = '/api/v1/workflows/workflow_1/actions/webhook';

const BOMB = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, `$..x${index}`]));
const NESTED = `${'['.repeat(45)}${Array.from({ length: 86_000 }, () => '{}').join()}${']'.repeat(45)}`;
const LETTERS = 'a'.repeat(65_536);
const TOKEN = 'a'.repeat(6_000);
const JSON_HEADERS = { 'content-type': 'application/json' };

let story: Story;
let attacker: Account;

beforeAll(async () => {
  story = await startStory({
    scripts: {
      '/nested': { headers: JSON_HEADERS, body: NESTED },
      '/texts': { headers: JSON_HEADERS, body: JSON.stringify([{ a: 'a'.repeat(60) }]) },
      '/letters': { body: LETTERS },
      '/own': { body: { id: 7 } },
      '*': {},
    },
  });
  attacker = await story.hookline.api.account();
});

afterAll(() => story.stop());

const at = (path: string) => ({ url: story.receiver.url + path, method: 'POST' });

/** Costly definitions, by finding; their executions succeed. */
const COSTLY: Record<string, () => Record<string, unknown>> = {
  'finding 2: 100 descendant segments': () => ({ ...at('/nested'), response_mapping: BOMB }),
  'finding 4: a regular expression': () => ({
    ...at('/texts'),
    response_mapping: { x: "$[?match(@.a, '(a|a)*b')]", y: '$[0].a' },
  }),
  'finding 4: a long secret and its letter': () => ({
    ...at('/letters'),
    auth_type: 'bearer',
    auth_config: { token: TOKEN },
  }),
  'finding 8: a form of 1 MiB': () => ({
    ...at('/form'),
    content_kind: 'form',
    payload_template: 'a=&'.repeat(333_000),
  }),
};

async function outcomeOf({ id: accountId }: Account, actionId: string, context = {}): Promise<unknown> {
  const requested = await story.hookline.engine.request({
    accountId,
    actionId,
    context: JSON.stringify({ contact: { email: 'john@example.com' }, ...context }),
  });
  return story.hookline.outcome(requested);
}

/** Cumulative counts of a service's evaluations on its event loop, by upper bound of their CPU time in seconds. */
async function loopHistogram(serviceUrl: string): Promise<{ le: string; count: number }[]> {
  const { body } = await httpRequest(`${serviceUrl}/metrics`);
  const lines = (await body.text()).matchAll(
    /^hookline_evaluation_loop_cpu_seconds_bucket\{le="([^"]+)"[^}]*\} (\d+)$/gm,
  );
  return [...lines].map(([, le = '', count = '']) => ({ le, count: Number(count) }));
}

describe('R-023 an account with costly evaluations', () => {
  it.each(Object.keys(COSTLY))(
    '%s: its execution ends, and so does that of another account',
    async (name) => {
      const costly = await attacker.createAction(COSTLY[name]?.() ?? {});
      const own = await story.account.createAction({ ...at('/own'), response_mapping: { id: '$.id' } });
      const attacks = Array.from({ length: 3 }, () => outcomeOf(attacker, costly));
      expect(await outcomeOf(story.account, own)).toMatchObject({
        status: 'success',
        mappedFields: { id: '7' },
      });
      for (const outcome of await Promise.all(attacks)) expect(outcome).toMatchObject({ status: 'success' });
    },
  );

  it('finding 4: a long secret that the endpoint echoes is not in the outcome', async () => {
    const actionId = await attacker.createAction({
      ...at('/letters'),
      auth_type: 'bearer',
      auth_config: { token: TOKEN },
    });
    const outcome = JSON.stringify(await outcomeOf(attacker, actionId));
    expect(outcome).not.toContain(TOKEN);
  });

  it('finding 7: a number of a million digits is refused over REST and over Kafka', async () => {
    const actionId = await attacker.createAction({
      ...at('/number'),
      payload_template: '{"n":{{contact.n}}}',
    });
    const { id: accountId } = attacker;
    const context = `{"contact":{"n":${'9'.repeat(1_000_000)}}}`;
    const requested = await story.hookline.engine.request({ accountId, actionId, context });
    expect(await story.hookline.outcome(requested)).toMatchObject({
      status: 'error',
      errorType: 'render_error',
      errorMessage: expect.stringContaining('more than 100 digits'),
    });
    // `parseJsonToWrite` keeps the digits as they are.
    const body = { action_id: actionId, context: parseJsonToWrite(context) };
    const answer = await attacker.send('POST', '/api/v1/webhook-executions', body);
    expect(answer.status).toBe(400);
    expect(answer.body['detail']).toContain('more than 100 digits');
  });

  it('gets responses from the API, which serves others in the meantime', async () => {
    const order: string[] = [];
    const noted = async (
      name: string,
      answer: Promise<{ status: number; body: Record<string, unknown> }>,
    ) => {
      const { status, body } = await answer;
      order.push(name);
      return { status, body };
    };
    const [costly, created, refused] = await Promise.all([
      noted('test call', attacker.send('POST', TEST, { ...at('/nested'), response_mapping: BOMB })),
      noted('form', attacker.send('POST', CREATE, COSTLY['finding 8: a form of 1 MiB']?.())),
      noted(
        'bad template',
        attacker.send('POST', CREATE, { ...at('/form'), payload_template: `{"a":"${'x'.repeat(900_000)}` }),
      ),
      noted('other', story.account.send('GET', '/api/v1/workflows/workflow_1/actions')),
    ]);
    // A worker refuses the bad template within milliseconds, so its request may be answered before or after the other
    // account's request.
    expect(order.filter((name) => name !== 'bad template')[0]).toBe('other');
    expect(costly.status).toBe(200);
    const errors = Object.values(costly.body['mapping_errors'] as Record<string, string>);
    expect(errors.filter((error) => error === 'query_timed_out').length).toBeGreaterThan(50);
    expect(created.status).toBe(201);
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ field: 'payload_template' }] } });
  });

  it('uses no event loop for more than 50 ms of CPU time at once', async () => {
    const histograms = await Promise.all(story.hookline.operationsUrls.map(loopHistogram));
    const used = histograms.filter((buckets) => buckets.length > 0);
    // Only config-api and the dispatcher evaluate anything.
    expect(used).toHaveLength(2);
    for (const buckets of used) {
      const within = (le: string): number =>
        buckets.filter((one) => one.le === le).reduce((sum, { count }) => sum + count, 0);
      expect(within('+Inf')).toBeGreaterThan(0);
      expect(within('+Inf') - within('0.05')).toBe(0);
    }
  });
});
