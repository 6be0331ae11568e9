import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inTransaction } from '@hookline/database/pool';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';

/** More changes than the service has connections to Postgres. */
const CHANGES = 30;

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

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

test('R-023: changes of one account that wait for its lock take no connection from other accounts', async () => {
  const [busy, other] = await Promise.all([api.account(), api.account()]);
  const changes = await inTransaction(api.pool, async (holder) => {
    await holder.query('SELECT FROM accounts WHERE id = $1 FOR UPDATE', [busy.id]);
    const waiting = Array.from({ length: CHANGES }, () => create(busy.client));
    // When the other account makes these changes, the changes of the busy account have arrived and wait for its lock.
    for (let i = 0; i < 3; i++) expect(await create(other.client)).toMatchObject({ status: 201 });
    await waitingChanges(CHANGES - 1);
    return waiting;
  });
  const statuses = (await Promise.all(changes)).map(({ status }) => status);
  expect(statuses).toEqual(Array(CHANGES).fill(201));
  await waitingChanges(0);
});
