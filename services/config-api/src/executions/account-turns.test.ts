import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inTransaction } from '@hookline/database/pool';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse } from '../testing/running-api.ts';

const EXECUTIONS = '/api/v1/webhook-executions';
const ANALYTICS = '/api/v1/webhook-analytics';
const TABLES = 'webhook_executions, analytics_rollups';

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

/**
 * Sends requests while the tables that they read are locked. Returns the first response, and the statuses of all
 * responses.
 */
async function whileBlocked(
  count: number,
  send: (index: number) => Promise<ApiResponse<Problem>>,
): Promise<{ first: ApiResponse<Problem>; statuses: number[] }> {
  const { first, answers } = await inTransaction(api.pool, async (session) => {
    await session.query(`LOCK TABLE ${TABLES} IN ACCESS EXCLUSIVE MODE`);
    const sent = Array.from({ length: count }, (_, index) => send(index));
    return { first: await Promise.race(sent), answers: sent };
  });
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  return { first, statuses: statuses.toSorted((a, b) => a - b) };
}

const REFUSED = { status: 429, json: { code: 'too_many_in_progress' }, headers: { 'retry-after': '2' } };

describe('if one account sends many costly requests,', () => {
  test('R-023: two searches run and fifty wait; another one is rejected', async () => {
    const { client } = await api.account();
    const { first, statuses } = await whileBlocked(53, (index) =>
      client.get(index % 2 === 0 ? EXECUTIONS : ANALYTICS),
    );
    expect(first).toMatchObject(REFUSED);
    expect(statuses).toEqual([...Array<number>(52).fill(200), 429]);
  });

  test('R-023: a cancellation by filter is rejected while another one is running', async () => {
    const { client } = await api.account();
    const { first, statuses } = await whileBlocked(2, () =>
      client.post(`${EXECUTIONS}/cancel`, { filter: {} }),
    );
    expect(first).toMatchObject(REFUSED);
    expect(statuses).toEqual([202, 429]);
  });
});
