import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ChangeNotice,
  EXECUTION_CHANGES_CHANNEL,
  readNotice,
} from '@hookline/database/execution-changes';
import { createPool } from '@hookline/database/pool';
import { createLogger } from '@hookline/shared/runtime/logger';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { aWebhookRequested } from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool, PoolClient } from 'pg';
import type { HistoryEvent } from './history-event.ts';
import { mergeBatch } from './merge-batch.ts';
import { createPgHistoryWriter } from './pg-history-writer.ts';

const acceptedAt = Date.parse('2026-03-01T12:00:00.123Z');
const logger = createLogger('test', 'silent');

let database: IsolatedDatabase;
let pool: Pool;
let listener: PoolClient;
let notices: Arrivals<ChangeNotice>;
let accountId: string;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool({}, { databaseUrl: database.databaseUrl, applicationName: 'test', maxConnections: 4 });
  notices = createArrivals((notice) => JSON.stringify(notice));
  listener = await pool.connect();
  listener.on('notification', ({ payload }) => notices.add(readNotice(payload ?? '')));
  await listener.query(`LISTEN ${EXECUTION_CHANGES_CHANNEL}`);
});

afterAll(async () => {
  listener.release();
  await pool.end();
  await database.drop();
});

beforeEach(async () => {
  accountId = randomUUID();
  await pool.query(`INSERT INTO accounts (id, name) VALUES ($1, 'A')`, [accountId]);
});

async function watch(account: string, until = '1 minute'): Promise<void> {
  await pool.query(
    `INSERT INTO execution_watches (account_id, instance_id, until)
     VALUES ($1, gen_random_uuid(), now() + $2::interval)`,
    [account, until],
  );
}

const requestOf = (account: string): HistoryEvent & { kind: 'requested' } => ({
  kind: 'requested',
  event: aWebhookRequested({ accountId: account }),
  acceptedAt,
});

const noticeOf = (account: string): Promise<ChangeNotice> =>
  notices.until((all) => all.find((notice) => notice.accountId === account), {
    wanted: 'a notice',
    deadlineMs: DEFAULT_DEADLINE_MS,
  });

describe('a written execution', () => {
  it('is reported once it is visible, and only if its account is watched', async () => {
    const other = randomUUID();
    await pool.query(`INSERT INTO accounts (id, name) VALUES ($1, 'B')`, [other]);
    await watch(accountId);
    await watch(accountId);
    await watch(other, '-1 second');
    const writer = createPgHistoryWriter({ pool, logger });
    const [own, foreign] = [requestOf(accountId), requestOf(other)];
    await writer.write(mergeBatch([foreign, own]));
    const { changes, omitted } = await noticeOf(accountId);
    expect({ changes, omitted }).toEqual({
      changes: [{ executionId: own.event.executionId, acceptedAt }],
      omitted: 0,
    });
    expect(notices.all.filter((notice) => notice.accountId === other)).toEqual([]);
    const { rows } = await pool.query('SELECT accepted_at FROM webhook_executions WHERE account_id = $1', [
      accountId,
    ]);
    expect(rows).toEqual([{ accepted_at: new Date(acceptedAt) }]);
  });

  it('is not reported while history is rebuilt', async () => {
    await watch(accountId);
    const rebuilding = createPgHistoryWriter({ pool, logger }, { reports: false });
    await rebuilding.write(mergeBatch([requestOf(accountId)]));
    const live = createPgHistoryWriter({ pool, logger });
    const request = requestOf(accountId);
    await live.write(mergeBatch([request]));
    const { changes } = await noticeOf(accountId);
    expect(changes).toEqual([{ executionId: request.event.executionId, acceptedAt }]);
  });
});
