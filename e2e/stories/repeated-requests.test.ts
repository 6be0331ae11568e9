import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { createHooklineClient, idempotent } from '@hookline/client';
import { HooklineError } from '@hookline/client/hookline-error';
import { freePort } from '@hookline/testkit/stack/free-port';
import { startService, type StoryProcess } from '../support/service-process.ts';
import { shareStory, type Story } from '../support/story.ts';

/** An instance of config-api is killed between the effect of a request and its response. Nothing is done twice. */
let story: Story;
let doomed: StoryProcess;
let doomedUrl: string;

beforeAll(async () => {
  story = await shareStory();
  const port = await freePort();
  doomedUrl = `http://127.0.0.1:${port}`;
  doomed = await startService('config-api', story.hookline, {
    PORT: String(port),
    HOOKLINE_OPERATIONS_PORT: '0',
  });
});

afterAll(async () => {
  await doomed?.kill();
  await story?.stop();
});

describe('a request whose instance is killed before it responds', () => {
  it('is not carried out again by another instance, which reports that it may have taken effect', async () => {
    const { account, receiver, hookline } = story;
    receiver.script('/hangs', 'hang');
    const request = { params: idempotent(), body: { url: `${receiver.url}/hangs`, method: 'POST' as const } };
    const toDoomed = createHooklineClient({ baseUrl: doomedUrl, apiKey: account.key });
    const lost = toDoomed.POST('/api/v1/webhooks/test', request).catch((error: unknown) => error);
    await receiver.requests(1, { where: ({ path }) => path === '/hangs' });
    await doomed.kill();
    expect(await lost).toBeInstanceOf(TypeError);

    const patient = createHooklineClient({ baseUrl: hookline.apiUrl, apiKey: account.key, maxRetries: 0 });
    const repeat = (): Promise<unknown> =>
      patient.POST('/api/v1/webhooks/test', request).catch((error: unknown) => error);
    const early = await repeat();
    expect(early).toBeInstanceOf(HooklineError);
    expect(early).toMatchObject({ status: 409, code: 'idempotency_key_in_use' });

    const pool = createPool({}, { ...hookline, applicationName: 'test', maxConnections: 1 });
    await pool.query(
      "UPDATE idempotent_responses SET claimed_at = now() - interval '3 minutes' WHERE account_id = $1",
      [account.id],
    );
    await pool.end();
    expect(await repeat()).toMatchObject({ status: 409, code: 'idempotency_outcome_unknown' });
    expect(receiver.seen.filter(({ path }) => path === '/hangs')).toHaveLength(1);
  });
});
