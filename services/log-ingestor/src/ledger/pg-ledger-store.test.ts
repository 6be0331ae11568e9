import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { type AccountRow, createLedgerStore, type LedgerStore } from './pg-ledger-store.ts';

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool({}, { databaseUrl: database.databaseUrl, applicationName: 'test', maxConnections: 2 });
});

beforeEach(() => pool.query('TRUNCATE webhook_ledger_partitions, webhook_ledger_accounts'));

afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Creates a store as a separate process would; each store has its own owner id. */
const newStore = (topicPrefix = 'a.'): LedgerStore => createLedgerStore({ pool }, { topicPrefix });

function row(changes: Partial<AccountRow>): AccountRow {
  const counts = { requested: 0, completed: 0, deadLettered: 0, inHand: 0, unaccounted: 0, waiting: {} };
  return { accountId: 'x', partition: 0, examples: [], ...counts, ...changes };
}

async function requested(): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ name: string; requested: number }>(
    `SELECT account_id || '/' || partition AS name, requested::int FROM webhook_ledger_accounts`,
  );
  return Object.fromEntries(rows.map(({ name, requested }) => [name, requested]));
}

describe('the store of the ledger', () => {
  it('writes only to partitions that no other process has claimed in the meantime', async () => {
    const [first, second] = [newStore(), newStore()];
    await first.claim([0, 1]);
    const rows = [row({ requested: 1 }), row({ partition: 1, requested: 2 })];
    expect(await first.write([0, 1], rows)).toEqual([]);
    await second.claim([1]);
    expect(await first.write([0, 1], [row({ requested: 5 }), row({ partition: 1, requested: 6 })])).toEqual([
      1,
    ]);
    expect(await requested()).toEqual({ 'x/0': 5, 'x/1': 2 });
    await first.save(1, Buffer.from('stale'));
    await second.save(1, Buffer.from('new'));
    expect(await newStore().claim([1])).toEqual(new Map([[1, Buffer.from('new')]]));
  });

  it('writes nothing for a deleted account, whose rows config-api removes', async () => {
    const store = newStore();
    await store.claim([0]);
    await pool.query(
      "INSERT INTO deleted_accounts (id, deleted_at, deleted_by) VALUES ('gone', now(), 'admin')",
    );
    await store.write([0], [row({ accountId: 'gone', requested: 1 }), row({ requested: 2 })]);
    expect(await requested()).toEqual({ 'x/0': 2 });
  });

  it('has no snapshot for another topic prefix, and removes the counts of reset partitions', async () => {
    const first = newStore();
    await first.claim([0, 1]);
    await first.write([0, 1], [row({ requested: 1 }), row({ partition: 1, requested: 2 })]);
    for (const partition of [0, 1]) await first.save(partition, Buffer.from('saved'));
    const other = newStore('b.');
    expect(await other.claim([0])).toEqual(new Map([[0, null]]));
    await other.reset([0]);
    expect(await requested()).toEqual({ 'x/1': 2 });
    expect(await newStore('b.').claim([0])).toEqual(new Map([[0, null]]));
    expect(await newStore().claim([1])).toEqual(new Map([[1, Buffer.from('saved')]]));
  });
});
