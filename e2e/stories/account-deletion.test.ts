import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import type { Pool } from 'pg';
import { startStory, type Story } from '../support/story.ts';

/** Deletes an account while one of its executions waits for a retry. */
let story: Story;
let pool: Pool;
let actionId: string;
let waiting: WebhookRequested;

/** Wait before the first retry: longer than log-ingestor takes to notice a deletion (2 s). */
const RETRY_MS = 4_000;

beforeAll(async () => {
  story = await startStory({ scripts: { '/failing': { status: 500 } } });
  const { account, hookline, receiver } = story;
  pool = createPool({}, { databaseUrl: hookline.databaseUrl, applicationName: 'story', maxConnections: 1 });
  actionId = await account.createAction({ url: `${receiver.url}/failing`, method: 'POST' });
  const retryPolicy = { maxRetries: 3, baseMs: RETRY_MS, factor: 2 };
  waiting = await hookline.engine.request({ accountId: account.id, actionId, retryPolicy });
  await account.execution(waiting.executionId, 'retrying');
  await hookline.api.send('DELETE', `/api/v1/accounts/${account.id}`);
});

afterAll(async () => {
  await pool.end();
  await story.stop();
});

const calls = (): number => story.receiver.seen.filter((one) => one.path === '/failing').length;

async function rowsLeft(): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT ((SELECT count(*) FROM webhook_executions WHERE account_id = $1)
           + (SELECT count(*) FROM webhook_attempts WHERE account_id = $1))::int AS count`,
    [story.account.id],
  );
  return rows[0]?.count ?? NaN;
}

describe('a deleted account', () => {
  it('is no longer found, its key is refused, and its id cannot be used again', async () => {
    const { account, hookline } = story;
    const path = `/api/v1/webhook-executions/${waiting.executionId}`;
    expect((await account.send('GET', path)).status).toBe(401);
    expect((await hookline.api.send('GET', `${path}?account_id=${account.id}`)).status).toBe(404);
    const again = await hookline.api.send('POST', '/api/v1/accounts', { id: account.id, name: 'Again' });
    expect(again.status).toBe(409);
  });

  it('has its history removed', async () => {
    // Rows are removed in the background without a signal, so this polls until the deadline of the test.
    let left = await rowsLeft();
    for (; left > 0; left = await rowsLeft()) await sleep(25);
    expect(left).toBe(0);
  });

  it('makes no further call: waiting executions end as not_found, and so do later requests', async () => {
    const { account, hookline } = story;
    const late = await hookline.engine.request({ accountId: account.id, actionId });
    expect(await hookline.outcome(late)).toMatchObject({ errorType: 'not_found', attempts: 0 });
    expect(await hookline.outcome(waiting)).toMatchObject({ errorType: 'not_found', attempts: 1 });
    expect(calls()).toBe(1);
  });

  it('has no rows left in history, while executions of another account are still stored', async () => {
    const { hookline, receiver } = story;
    const other = await hookline.api.account();
    const action = await other.createAction({ url: `${receiver.url}/ok`, method: 'POST' });
    const request = await hookline.engine.request({ accountId: other.id, actionId: action });
    await other.execution(request.executionId, 'success');
    // log-ingestor notices the deletion up to two seconds later; rows that it writes until then are removed as well.
    let left = await rowsLeft();
    for (; left > 0; left = await rowsLeft()) await sleep(25);
    expect(left).toBe(0);
  });
});
