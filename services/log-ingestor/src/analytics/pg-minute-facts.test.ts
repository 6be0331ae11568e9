import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPool, inTransaction } from '@hookline/database/pool';
import { createLogger } from '@hookline/shared/runtime/logger';
import { aWebhookAttempt, aWebhookRequested } from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { mergeBatch } from '../ingest/merge-batch.ts';
import { createPgHistoryWriter } from '../ingest/pg-history-writer.ts';
import { MINUTE_FACTS } from './pg-minute-facts.ts';
import { recompute } from './pg-recompute.ts';
import { boundsOf } from './pg-rollup-rows.ts';

const ACCEPTED_AT = Date.parse('2026-03-01T12:00:00Z');
const BOUNDS = { maxKeys: 300, maxExecutionsPerMinute: 300_000 };

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'facts-test', maxConnections: 2 },
  );
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('attempts of a minute are read only once, even if the statistics of the day end before the minute', async () => {
  const runs = Array.from({ length: 500 }, (_, n) => {
    const event = aWebhookRequested({ accountId: `other_${n % 9}` });
    const { accountId, executionId } = event;
    const attempt = aWebhookAttempt({ accountId, executionId, acceptedAt: ACCEPTED_AT });
    return [
      { kind: 'requested', event, acceptedAt: ACCEPTED_AT },
      { kind: 'attempt', event: attempt },
    ] as const;
  });
  const writer = createPgHistoryWriter({ pool, logger: createLogger('test', 'silent') });
  await writer.write(mergeBatch(runs.flat()));
  await pool.query('ANALYZE');

  const bucket = { accountId: 'bursting', level: 'minute', bucketAt: ACCEPTED_AT + 60_000 } as const;
  const { rows } = await inTransaction(pool, async (client) => {
    await recompute(client, bucket, BOUNDS);
    return client.query(`EXPLAIN ${MINUTE_FACTS}`, [
      ...boundsOf(bucket),
      BOUNDS.maxExecutionsPerMinute,
      BOUNDS.maxKeys,
    ]);
  });
  const plan = JSON.stringify(rows);
  expect(plan).toContain('webhook_attempts');
  expect(plan).not.toContain('Nested Loop');
});
