import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LedgerView } from '@hookline/shared/contracts/rest/ledger';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

interface Row {
  partition?: number;
  requested?: number;
  completed?: number;
  dead?: number;
  inHand?: number;
  unaccounted?: number;
  waiting?: Record<string, number>;
  examples?: object[];
}

/** Writes counts as log-ingestor does. */
async function count(accountId: string, row: Row): Promise<void> {
  const { partition = 0, requested = 0, completed = 0, dead = 0, inHand = 0, unaccounted = 0 } = row;
  const { waiting = null, examples } = row;
  await api.pool.query(
    `INSERT INTO webhook_ledger_accounts (account_id, partition, requested, completed, dead_lettered, in_hand,
       unaccounted, waiting, unaccounted_executions) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      accountId,
      partition,
      requested,
      completed,
      dead,
      inHand,
      unaccounted,
      waiting,
      examples ? JSON.stringify(examples) : null,
    ],
  );
}

const EXAMPLE = {
  execution_id: 'e1',
  topic: 'webhook.due',
  partition: 1,
  offset: 7,
  since: '2026-11-29T08:00:00.000Z',
};

describe('GET /ledger', () => {
  it('returns zeros before anything is counted', async () => {
    const { id, client } = await api.account();
    const { status, json } = await client.get<LedgerView>('/api/v1/ledger');
    expect(status).toBe(200);
    expect(json).toEqual({
      account_id: id,
      requested: 0,
      completed: 0,
      waiting: { total: 0, by_reason: {} },
      in_hand: 0,
      dead_lettered: 0,
      unaccounted: 0,
      unaccounted_executions: [],
      counted_since: null,
      as_of: null,
    });
  });

  it('adds up the counts of an account in all partitions, and does not show other accounts', async () => {
    const [own, other] = [await api.account(), await api.account()];
    await count(own.id, {
      requested: 10,
      completed: 4,
      waiting: { retry: 2, paused: 1 },
      dead: 1,
      inHand: 2,
    });
    await count(own.id, {
      partition: 1,
      requested: 2,
      waiting: { retry: 1 },
      unaccounted: 1,
      examples: [EXAMPLE],
    });
    await count(other.id, { requested: 5, completed: 5 });
    await api.pool.query(
      `INSERT INTO webhook_ledger_partitions (partition, topic_prefix, owner, counted_since, written_at)
       VALUES (0, '', gen_random_uuid(), '2026-11-29T08:00:00Z', '2026-11-29T09:00:05Z'),
         (1, '', gen_random_uuid(), '2026-11-29T08:30:00Z', '2026-11-29T09:00:04Z')`,
    );
    const { json } = await own.client.get<LedgerView>('/api/v1/ledger');
    expect(json).toEqual({
      account_id: own.id,
      requested: 12,
      completed: 4,
      waiting: { total: 4, by_reason: { retry: 3, paused: 1 } },
      in_hand: 2,
      dead_lettered: 1,
      unaccounted: 1,
      unaccounted_executions: [{ account_id: own.id, ...EXAMPLE }],
      counted_since: '2026-11-29T08:00:00.000Z',
      as_of: '2026-11-29T09:00:04.000Z',
    });
    const named = await api.admin.get<LedgerView>(`/api/v1/ledger?account_id=${own.id}`);
    expect(named.json).toEqual(json);
    const theirs = await other.client.get<LedgerView>('/api/v1/ledger');
    expect(theirs.json).toMatchObject({ requested: 5, unaccounted: 0, unaccounted_executions: [] });
    const all = await api.admin.get<LedgerView>('/api/v1/ledger');
    expect(all.json).toMatchObject({
      account_id: null,
      requested: 17,
      completed: 9,
      waiting: { total: 4, by_reason: { retry: 3, paused: 1 } },
      unaccounted: 1,
      unaccounted_executions: [{ account_id: own.id, ...EXAMPLE }],
    });
  });

  it('rejects a request that names an account other than that of its key', async () => {
    const [own, other] = [await api.account(), await api.account()];
    expect((await own.client.get(`/api/v1/ledger?account_id=${other.id}`)).status).toBe(403);
    expect((await own.client.get(`/api/v1/ledger?account_id=${own.id}`)).status).toBe(200);
    expect((await own.client.get('/api/v1/ledger?account=x')).status).toBe(400);
  });
});
