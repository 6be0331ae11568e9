import { randomUUID } from 'node:crypto';
import { type HooklineClient, idempotent } from '@hookline/client';
import type { components } from '@hookline/client/schema';
import { createPool } from '@hookline/database/pool';
import type { Account, Api } from '../../support/api.ts';
import { createRandom } from '../../faults/seeded-random.ts';
import type { ConsoleSite } from './console-site.ts';
import { deadLettersOf, pastExecutions } from './past-executions.ts';
import { seedExecutions } from './seed-executions.ts';
import { executionWithThreeWaits } from './three-waits.ts';

/** An account that has been in use for a while, so that its pages look as they do on a working day. */
export interface DailyUse {
  account: Account;
  /** Execution that waited three times, failed once and then succeeded. */
  waited: string;
  /** Execution that waits because its endpoint is paused. */
  paused: string;
  /** Endpoint whose circuit is open. */
  endpoint: string;
  /** Replay jobs by their state. */
  jobs: Record<'running' | 'completed' | 'paused', string>;
  /** A webhook with several versions and a draft. */
  webhook: string;
  workflow: string;
}

const WORKFLOW = 'welcome_series';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Creates an account with healthy, paused and failing endpoints, replay jobs, versions of webhooks, keys, dead letters
 * and a day of history.
 */
export async function dailyUse(site: ConsoleSite, now: number): Promise<DailyUse> {
  const { hookline } = site;
  const account = await hookline.api.account();
  const { client } = hookline.api;
  const params = { path: { id: account.id } };
  await client.PATCH('/api/v1/accounts/{id}', { params, body: { name: 'Northwind Trading' } });
  const waited = await executionWithThreeWaits(site, account);
  const jobs = await replayJobs(site, account, now);
  const webhook = await webhooks(account.client, site.receiver.url);
  const paused = await troubledEndpoints(site, account);
  await keys(account.client);
  await addPast(site, account.id, now);
  const endpoint = `${site.receiver.url}/erp/invoices`;
  return { account, endpoint, waited, paused, jobs, webhook, workflow: WORKFLOW };
}

/** Adds a day of history and a few dead letters, and waits until the day is counted. */
async function addPast({ hookline }: ConsoleSite, accountId: string, now: number): Promise<void> {
  const pool = createPool(
    {},
    { databaseUrl: hookline.databaseUrl, applicationName: 'browser', maxConnections: 1 },
  );
  try {
    await pastExecutions(pool, accountId, { now, random: createRandom(7) });
    await deadLettersOf(pool, accountId, now);
  } finally {
    await pool.end();
  }
  await counted(hookline.api, accountId);
}

/** Resolves when analytics has counted the day, which may take longer than the deadline of a single `shown`. */
async function counted(api: Api, accountId: string): Promise<void> {
  const path = `/api/v1/webhook-analytics?account_id=${accountId}`;
  for (let tries = 1; ; tries += 1) {
    try {
      await api.shown(path, ({ totals }) => (totals as { executions: number }).executions > 2_000);
      return;
    } catch (error) {
      if (tries === 8) throw error;
    }
  }
}

/** Creates an endpoint whose circuit is open, a paused endpoint with waiting calls, and a healthy endpoint. */
async function troubledEndpoints({ hookline, receiver }: ConsoleSite, account: Account): Promise<string> {
  const context = JSON.stringify({ contact: { id: 4_711, first_name: 'Ada', email: 'ada@example.com' } });
  const call = (actionId: string) => hookline.engine.request({ accountId: account.id, actionId, context });
  receiver.script('/erp/invoices', { status: 503, body: { error: 'maintenance until 14:00' } });
  const method = 'POST';
  const down = await account.createAction({
    url: `${receiver.url}/erp/invoices`,
    method,
    retry_enabled: false,
  });
  for (let count = 0; count < 12; count += 1) await call(down);
  await account.shown('/api/v1/webhook-endpoints', ({ data }) =>
    (data as { breaker_state: string }[]).some((one) => one.breaker_state === 'open'),
  );
  const well = await account.createAction({ url: `${receiver.url}/crm/v2/contacts`, method });
  const done = await call(well);
  await hookline.outcome(done);
  const endpoint = `${receiver.url}/sms/messages`;
  const held = await account.createAction({ url: endpoint, method });
  await hookline.outcome(await call(held));
  await account.client.POST('/api/v1/webhook-endpoints/pause', { params: idempotent(), body: { endpoint } });
  await hookline.probe.next(
    'AccountSettings',
    (one) => one.accountId === account.id && one.pausedEndpoints.length === 1,
  );
  const waiting = await call(held);
  await call(held);
  await account.shown(
    `/api/v1/webhook-executions/${waiting.executionId}`,
    (body) => body['waits_for'] === 'paused',
  );
  return waiting.executionId;
}

/** Starts three jobs: the first completes, the second is paused, and the third runs for minutes. */
async function replayJobs(
  { hookline, receiver }: ConsoleSite,
  account: Account,
  now: number,
): Promise<DailyUse['jobs']> {
  const actionId = await account.createAction({ url: `${receiver.url}/crm/v2/deals`, method: 'POST' });
  // The executions are three days old, so that they do not hide today's executions on the pages.
  const newestAt = now - 3 * DAY_MS;
  await seedExecutions(hookline, account.id, { count: 600, newestAt, actionId, status: 'error' });
  const { client } = account;
  const start = async (rate: number, from: number): Promise<string> => {
    const filter = { status: 'error' as const, action_id: actionId, from: new Date(from).toISOString() };
    const { data: job } = await client.POST('/api/v1/replay-jobs', {
      params: idempotent(),
      body: { filter, definition: 'current', rate_per_second: rate },
    });
    await client.POST('/api/v1/replay-jobs/{id}/start', {
      params: { path: { id: job.id }, ...idempotent() },
    });
    return job.id;
  };
  const replayed = (job: string, least: number) =>
    account.shown(
      `/api/v1/replay-jobs/${job}`,
      ({ progress }) => (progress as { replayed: number }).replayed >= least,
    );
  const completed = await start(100, newestAt - 47_500);
  await replayed(completed, 48);
  const paused = await start(5, newestAt - 119_500);
  await replayed(paused, 6);
  await client.POST('/api/v1/replay-jobs/{id}/pause', { params: { path: { id: paused }, ...idempotent() } });
  const running = await start(1, newestAt - 10 * MINUTE_MS);
  await replayed(running, 3);
  return { completed, paused, running };
}

type Definition = components['schemas']['ReplaceWebhookAction'];
const WEBHOOK = '/api/v1/workflows/{workflow_id}/actions/{action_id}/webhook';

/**
 * Creates the webhooks of a workflow: one with versions and a draft, and others that are paused, disabled and plain.
 * Returns the id of the first webhook.
 */
async function webhooks(client: HooklineClient, url: string): Promise<string> {
  const put = async (action_id: string, body: Definition): Promise<string> => {
    const { data } = await client.PUT(WEBHOOK, {
      params: { path: { workflow_id: WORKFLOW, action_id } },
      body,
    });
    return data.id;
  };
  const first: Definition = {
    url: `${url}/crm/v2/contacts`,
    method: 'POST',
    headers: { 'x-source': 'welcome' },
    payload_template: { name: '{{contact.first_name}}', email: '{{contact.email}}' },
    response_mapping: { 'contact.custom_fields.crm_id': '$.id' },
  };
  const id = await put('sync_contact', first);
  await put('sync_contact', { ...first, timeout_seconds: 10 });
  await put('sync_contact', { ...first, timeout_seconds: 10, headers: { 'x-priority': 'high' } });
  await client.PUT(`${WEBHOOK}/draft`, {
    params: { path: { workflow_id: WORKFLOW, action_id: id } },
    body: { ...first, timeout_seconds: 20, url: `${url}/crm/v3/contacts` },
  });
  const held = await put('send_sms', { url: `${url}/sms/messages`, method: 'POST' });
  await client.POST(`${WEBHOOK}/pause`, {
    params: { path: { workflow_id: WORKFLOW, action_id: held }, ...idempotent() },
  });
  await put('notify_sales', { url: `${url}/chat/T024/B71`, method: 'POST', enabled: false });
  await put('lookup_score', { url: `${url}/score?id={{contact.id}}`, method: 'GET' });
  return id;
}

async function keys(client: HooklineClient): Promise<void> {
  const bodies: components['schemas']['CreateApiKey'][] = [
    { name: 'Workflow engine', scopes: ['read', 'write', 'execute'] },
    { name: 'Support team', scopes: ['read'] },
    {
      name: 'Audit export, until the end of the year',
      scopes: ['admin'],
      expires_at: new Date(Date.now() + 32 * DAY_MS).toISOString(),
    },
  ];
  for (const body of bodies) await client.POST('/api/v1/api-keys', { params: idempotent(), body });
  const { data } = await client.POST('/api/v1/api-keys', {
    params: idempotent(),
    body: { name: `Contractor ${randomUUID().slice(0, 4)}`, scopes: ['read'] },
  });
  await client.DELETE('/api/v1/api-keys/{key_id}', { params: { path: { key_id: data.id } } });
}
