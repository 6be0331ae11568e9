import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { aWebhookRequested } from '@hookline/testkit/builders';
import { createLogger } from '@hookline/shared/runtime/logger';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { createPgHistoryWriter } from './pg-history-writer.ts';
import type { DecodedRecord } from './read-batch.ts';
import { storeBatch } from './store-batch.ts';

const ACCEPTED_AT = Date.parse('2026-03-01T12:00:00Z');

const logger = createLogger('test', 'silent');

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'store-test', maxConnections: 2 },
  );
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function aRecord(offset: number, executionId: string): DecodedRecord {
  return {
    record: {
      topic: TOPICS.requested,
      partition: 0,
      offset,
      key: null,
      value: null,
      headers: {},
      appendedAt: ACCEPTED_AT,
    },
    entry: { kind: 'requested', event: aWebhookRequested({ executionId }), acceptedAt: ACCEPTED_AT },
  };
}

test('storeBatch accepts an empty batch', async () => {
  expect(await storeBatch(createPgHistoryWriter({ pool, logger }), [])).toEqual({ stored: [], refused: [] });
});

test('storeBatch finds the records that the database rejects and stores all others', async () => {
  const batch = Array.from({ length: 50 }, (_, offset) =>
    aRecord(offset, offset === 7 || offset === 31 ? `bad\0${offset}` : `good ${offset}`),
  );
  const { stored, refused } = await storeBatch(createPgHistoryWriter({ pool, logger }), batch);
  expect(refused.map(({ record }) => record.offset)).toEqual([7, 31]);
  expect(refused[0]?.cause).toMatchObject({
    reason: 'not_storable',
    error: 'not storable: invalid byte sequence for encoding "UTF8": 0x00',
    execution: { executionId: 'bad\x007' },
  });
  expect(stored).toHaveLength(48);
  const { rows } = await pool.query('SELECT count(*)::int AS rows FROM webhook_executions');
  expect(rows).toEqual([{ rows: 48 }]);
});
