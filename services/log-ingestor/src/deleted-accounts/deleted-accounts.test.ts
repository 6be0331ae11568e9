import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { createLogger } from '@hookline/shared/runtime/logger';
import { aWebhookAttempt, aWebhookRequested } from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import type { NewDeadLetterRow } from '../dead-letters/dead-letter-row.ts';
import type { HistoryEvent } from '../ingest/history-event.ts';
import { mergeBatch } from '../ingest/merge-batch.ts';
import { createPgHistoryWriter } from '../ingest/pg-history-writer.ts';
import { DeletedAccounts } from './deleted-accounts.ts';
import { readDeletedAccounts } from './pg-deleted-accounts.ts';
import { deadLettersWithoutDeleted, historyWithoutDeleted } from './without-deleted-accounts.ts';

const ACCEPTED_AT = Date.parse('2026-03-01T12:00:00Z');

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool({}, { databaseUrl: database.databaseUrl, applicationName: 'test', maxConnections: 3 });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function deleteAccount(id: string, ago = '0 s'): Promise<void> {
  await pool.query(
    `INSERT INTO deleted_accounts (id, deleted_at, deleted_by) VALUES ($1, now() - $2::interval, 'admin')`,
    [id, ago],
  );
}

interface Followed {
  accounts: DeletedAccounts;
  /** Resolves once the accounts have been read twice more; the second of these reads began after this call. */
  readAgain: () => Promise<void>;
  readings: (number | null)[];
  breakNext: () => void;
}

function follow(): Followed {
  const readings: (number | null)[] = [];
  let isBroken = false;
  let waiting: { left: number; resolve: () => void } | null = null;
  const read = async (withinMs: number | null): Promise<string[]> => {
    readings.push(withinMs);
    if (isBroken) {
      isBroken = false;
      throw new Error('Postgres is away');
    }
    const ids = await readDeletedAccounts(pool, withinMs);
    // The ids of a read are known only after it has returned, so the promise is resolved during the third read.
    if (waiting && --waiting.left < 0) waiting.resolve();
    return ids;
  };
  const logger = createLogger('test', 'fatal');
  return {
    accounts: new DeletedAccounts({ read, logger, now: Date.now }, { everyMs: 1 }),
    readings,
    readAgain: () => new Promise((resolve) => void (waiting = { left: 2, resolve })),
    breakNext: () => void (isBroken = true),
  };
}

test('all deleted accounts are known at the start, and later deletions soon after, even if a read fails', async () => {
  await deleteAccount('long-ago', '400 days');
  const { accounts, readAgain, readings, breakNext } = follow();
  await accounts.start();
  try {
    expect([accounts.has('long-ago'), accounts.has('later')]).toEqual([true, false]);
    expect(readings).toEqual([null]);
    breakNext();
    await deleteAccount('later');
    await readAgain();
    expect([accounts.has('later'), accounts.has('another')]).toEqual([true, false]);
    // Later reads are limited to the accounts deleted since the previous read, with an hour of overlap.
    expect(readings.slice(1).every((within) => within !== null && within >= 3_600_000)).toBe(true);
  } finally {
    await accounts.stop();
  }
});

test('history of a deleted account is not stored, but that of another account in the same batch is', async () => {
  const entriesOf = (accountId: string): HistoryEvent[] => [
    { kind: 'requested', event: aWebhookRequested({ accountId }), acceptedAt: ACCEPTED_AT },
    { kind: 'attempt', event: aWebhookAttempt({ accountId, acceptedAt: ACCEPTED_AT }) },
  ];
  const writer = historyWithoutDeleted(
    createPgHistoryWriter({ pool, logger: createLogger('test', 'fatal') }),
    new Set(['gone']),
  );
  await writer.write(mergeBatch([...entriesOf('gone'), ...entriesOf('stays')]));
  await writer.write(mergeBatch(entriesOf('gone')));
  for (const table of ['webhook_executions', 'webhook_attempts']) {
    const { rows } = await pool.query(`SELECT DISTINCT account_id FROM ${table}`);
    expect(rows).toEqual([{ account_id: 'stays' }]);
  }
});

test('dead letters of a deleted account are dropped; those of another account or of no account are written', async () => {
  const written: (string | null)[] = [];
  const writer = deadLettersWithoutDeleted(
    {
      usage: () => Promise.resolve({ rows: 0, bytes: 0 }),
      write: (rows) => {
        written.push(...rows.map(({ accountId }) => accountId));
        return Promise.resolve();
      },
    },
    new Set(['gone']),
  );
  const row = (accountId: string | null) => ({ accountId }) as NewDeadLetterRow;
  await writer.write([row('gone'), row('stays'), row(null)]);
  expect(written).toEqual(['stays', null]);
});
