import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inTransaction } from '@hookline/database/pool';
import type { ReplayJobList } from '@hookline/shared/contracts/rest/replays';
import { insertExecutions, preparePartition } from '../testing/history-rows.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';

/** More changes than the service has connections to Postgres. */
const CHANGES = 30;

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

const EXECUTIONS = '/api/v1/webhook-executions';
const JOBS = '/api/v1/replay-jobs';
const UNKNOWN = '3f0d7a34-6f34-4a2e-9b4f-0f4f6f0c5f10';

const listJobs = (client: Client): Promise<ApiResponse> => client.get(JOBS);

const create = (client: Client): Promise<ApiResponse> =>
  client.post('/api/v1/workflows/workflow_1/actions/webhook', {
    url: 'https://93.184.216.34/hook',
    method: 'POST',
  });

/** Resolves when the metric shows this many waiting changes. */
async function waitingChanges(count: number): Promise<void> {
  const shown = new RegExp(`^hookline_account_changes_waiting\\{[^}]*\\} ${count}$`, 'm');
  while (!shown.test((await api.operations.get('/metrics')).text)) await nextTurn();
}

const LOCK_ACCOUNT = 'SELECT FROM accounts WHERE id = $1 FOR UPDATE';
const LOCK_SETTINGS = 'SELECT FROM account_settings WHERE account_id = $1 FOR UPDATE';
const LOCK_JOBS = "SELECT pg_advisory_xact_lock(hashtextextended('replay_jobs ' || $1, 0))";

/** Aborts the job of an account. */
async function abortJob(client: Client): Promise<ApiResponse> {
  const { json } = await client.get<ReplayJobList>(JOBS);
  return client.post(`${JOBS}/${json.data[0]?.id}/abort`, undefined);
}

/** Rejects as soon as `change`, which should wait for the lock, is answered. */
async function tooEarly(change: Promise<ApiResponse>): Promise<never> {
  const { status, text } = await change;
  throw new Error(`a change did not wait for the lock: ${status} ${text}`);
}

type Send = (client: Client) => Promise<ApiResponse>;

/** Each kind of change, with the lock for which it waits, and a request of another account that uses the same pool. */
const changes: [what: string, lock: string, change: Send, others: Send][] = [
  ['actions', LOCK_ACCOUNT, create, create],
  [
    'test calls',
    LOCK_ACCOUNT,
    (client) => client.post('/api/v1/webhooks/test', { action_id: UNKNOWN }),
    listJobs,
  ],
  [
    'cancellations',
    LOCK_ACCOUNT,
    (client) => client.post(`${EXECUTIONS}/waiting/cancel`, undefined),
    listJobs,
  ],
  ['replay jobs', LOCK_JOBS, abortJob, listJobs],
  [
    'paused endpoints',
    LOCK_SETTINGS,
    (client) => client.post('/api/v1/webhook-endpoints/pause', { endpoint: 'https://a.example/hook' }),
    create,
  ],
];

test.each(changes)(
  'R-023: %s of one account that wait for its lock take no connection from other accounts',
  async (_what, lock, change, others) => {
    const [busy, other] = await Promise.all([api.account(), api.account()]);
    const at = Date.now();
    await preparePartition(api.pool, at);
    const row = { account_id: busy.id, execution_id: 'waiting', action_id: UNKNOWN, accepted_at: at };
    await insertExecutions(api.pool, [{ ...row, status: 'retrying', completed_at: null }]);
    await busy.client.post(JOBS, { filter: { status: 'error' }, rate_per_second: 1 });
    const sent = await inTransaction(api.pool, async (holder) => {
      await holder.query(lock, [busy.id]);
      const waiting = Array.from({ length: CHANGES }, () => change(busy.client));
      // While the other account sends these requests, the changes of the busy account arrive and wait for its lock.
      for (let i = 0; i < 3; i++) expect((await others(other.client)).status).toBeLessThan(300);
      await Promise.race([waitingChanges(CHANGES - 1), ...waiting.map(tooEarly)]);
      return waiting;
    });
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    await waitingChanges(0);
  },
);
