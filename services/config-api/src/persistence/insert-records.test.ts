import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { createLogger } from '@hookline/shared/runtime/logger';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { DataSource } from 'typeorm';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import { createDataSource } from './data-source.ts';
import { insertRecords } from './insert-records.ts';

const HOUR_MS = 3_600_000;

let database: IsolatedDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  const { databaseUrl } = database;
  source = createDataSource({ logger: createLogger('insert-records', 'silent') }, { databaseUrl });
  await source.initialize();
});

beforeEach(() => source.query('TRUNCATE outbox'));

afterAll(async () => {
  await source.destroy();
  await database.drop();
});

function record(key: string, value: string | null, inMs = 0): OutboxRecord {
  const bytes = value === null ? null : Buffer.from(value);
  const availableAt = Date.now() + inMs;
  return { topic: TOPICS.definitions.name, accountId: 'account_1', key, value: bytes, availableAt };
}

function insert(...records: OutboxRecord[]): Promise<void> {
  return source.transaction((manager) => insertRecords(manager, records));
}

/** Returns the outbox in the order in which it is published, as `key value`. */
async function outbox(): Promise<string[]> {
  const rows = await source.query<{ record_key: string; value: Buffer | null }[]>(
    'SELECT record_key, value FROM outbox ORDER BY id',
  );
  return rows.map(({ record_key: key, value }) => `${key} ${String(value)}`);
}

test('a record replaces the unpublished records of its key, and no others', async () => {
  await insert(record('a', 'first'), record('b', 'first'));
  await source.query(`UPDATE outbox SET published_at = now() WHERE record_key = 'b'`);
  await insert(record('a', 'second'), record('b', 'second'));
  await insert(record('a', 'third'));
  expect(await outbox()).toEqual(['b first', 'b second', 'a third']);
});

test('a record that may be published only later neither replaces a record nor is replaced', async () => {
  await insert(record('a', 'deleted'), record('a', null, HOUR_MS));
  await insert(record('a', 'again'));
  expect(await outbox()).toEqual(['a null', 'a again']);
});

test('inserting neither waits for a record that the relay is marking nor replaces it', async () => {
  await insert(record('a', 'first'));
  const relay = source.createQueryRunner();
  await relay.startTransaction();
  await relay.query('UPDATE outbox SET published_at = now()');
  await insert(record('a', 'second'));
  await relay.commitTransaction();
  await relay.release();
  expect(await outbox()).toEqual(['a first', 'a second']);
});
