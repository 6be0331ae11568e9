import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { decodeEvent, encodeEvent } from '@hookline/shared/contracts/event-codec';
import { deadLetterId } from '@hookline/shared/contracts/dead-letter-id';
import type { DeadLetter } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { aDeadLetter } from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { createIngestMetrics } from '../ingest/ingest-metrics.ts';
import { KeepDeadLetters } from './keep-dead-letters.ts';
import { deleteExpired } from '../retention/pg-delete-expired.ts';
import { RETAINED_TABLES } from '../retention/retained-tables.ts';
import { createPgDeadLetterWriter } from './pg-dead-letter-writer.ts';

const NOW = Date.parse('2026-03-31T12:00:00Z');
const DAY_MS = 86_400_000;

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool({}, { databaseUrl: database.databaseUrl, applicationName: 'test', maxConnections: 2 });
});

beforeEach(() => pool.query('TRUNCATE webhook_dead_letters'));

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function keeping() {
  const metrics = createMetrics('test');
  const lines: string[] = [];
  const keep = new KeepDeadLetters(
    {
      decoder: { decode: (event, bytes) => Promise.resolve().then(() => decodeEvent(event, bytes)) },
      writer: createPgDeadLetterWriter({ pool }),
      metrics: createIngestMetrics(metrics),
      logger: createLogger('test', 'info', { write: (line) => void lines.push(line) }),
      now: () => NOW,
    },
    { historyDays: 30 },
  );
  const counted = async (outcome: string): Promise<string | undefined> =>
    new RegExp(`topic="webhook.dead-letter",outcome="${outcome}"[^}]*} (\\d+)`).exec(
      await metrics.registry.metrics(),
    )?.[1];
  return { keep, lines, counted };
}

/** Deletes the dead letters that are past retention, as the partition keeper does. */
async function deleteOlderThan(historyDays: number): Promise<number> {
  const table = RETAINED_TABLES.find(({ table }) => table === 'webhook_dead_letters');
  return table ? deleteExpired(pool, table, { now: NOW, historyDays }) : 0;
}

/** Builds a record of `webhook.dead-letter` whose append time is the `failedAt` of its dead letter. */
function recordOf(value: Partial<DeadLetter> | Buffer, offset = 0): ConsumedRecord {
  const letter = Buffer.isBuffer(value) ? null : aDeadLetter({ failedAt: NOW - 1_000, ...value });
  return {
    topic: TOPICS.deadLetter,
    partition: 0,
    offset,
    key: null,
    value: letter ? encodeEvent('DeadLetter', letter) : (value as Buffer),
    headers: {},
    appendedAt: letter?.failedAt ?? NOW,
  };
}

async function rows(): Promise<Record<string, unknown>[]> {
  const { rows } = await pool.query<Record<string, unknown>>(
    'SELECT * FROM webhook_dead_letters ORDER BY record_offset',
  );
  return rows;
}

describe('keeping dead letters', () => {
  it('stores them as rows with all their bytes', async () => {
    const { keep, counted } = keeping();
    const letter = aDeadLetter({ failedAt: NOW, offset: 2 ** 53 - 2, value: Buffer.from([0, 255, 0x5c]) });
    await keep.keep([recordOf(letter)]);
    expect(await rows()).toEqual([
      {
        id: deadLetterId(letter),
        topic: letter.topic,
        partition: 0,
        record_offset: String(2 ** 53 - 2),
        record_key: letter.key,
        value: letter.value,
        value_bytes: '3',
        kept_bytes: 12,
        is_cut: false,
        reason: 'undecodable',
        error: letter.error,
        account_id: letter.accountId,
        execution_id: letter.executionId,
        failed_at: new Date(NOW),
        redriven_at: null,
        redriven_to: null,
      },
    ]);
    expect(await counted('stored')).toBe('1');
  });

  it('stores a dead letter once, however often its record is dead-lettered and read', async () => {
    const { keep, lines } = keeping();
    const first = recordOf({ offset: 5 });
    await keep.keep([first, recordOf({ offset: 5, failedAt: NOW - 500, error: 'again' }, 1)]);
    await keep.keep([first, recordOf({ offset: 6 }, 2)]);
    expect((await rows()).map((row) => [row['record_offset'], row['error']])).toEqual([
      ['5', 'not an Avro single-object record'],
      ['6', 'not an Avro single-object record'],
    ]);
    expect(lines).toEqual([]);
  });

  it('removes characters that Postgres rejects, and caps times in the future', async () => {
    const { keep } = keeping();
    const wild = { error: 'a\0b\ud800', accountId: 'a\0', executionId: 'x'.repeat(9_000), topic: '\0' };
    await keep.keep([{ ...recordOf({ ...wild, failedAt: 2 ** 53 - 2 }), appendedAt: NOW }]);
    expect(await rows()).toMatchObject([
      { account_id: 'a', execution_id: 'x'.repeat(200), topic: '', failed_at: new Date(NOW) },
    ]);
  });

  it('skips records that cannot be read or stored, with one warning and a count, and stores the others', async () => {
    const { keep, lines, counted } = keeping();
    await pool.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no such text' USING ERRCODE = '22021'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON webhook_dead_letters FOR EACH ROW
        WHEN (NEW.record_offset = 3) EXECUTE FUNCTION refuse();
    `);
    const letters = Array.from({ length: 9 }, (_, offset) => recordOf({ offset }, offset));
    await keep.keep([...letters, recordOf(Buffer.from('no dead letter'), 9)]);
    await pool.query('DROP TRIGGER refuse ON webhook_dead_letters');
    expect((await rows()).map((row) => Number(row['record_offset']))).toEqual([0, 1, 2, 4, 5, 6, 7, 8]);
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'a dead letter cannot be stored and is skipped; read it in the topic webhook.dead-letter',
    ]);
    expect([await counted('stored'), await counted('unstorable')]).toEqual(['8', '2']);
  });

  it('rejects while the store fails, and can be repeated', async () => {
    const { keep, counted } = keeping();
    await pool.query('ALTER TABLE webhook_dead_letters RENAME TO elsewhere');
    await expect(keep.keep([recordOf({})])).rejects.toThrow('webhook_dead_letters');
    await pool.query('ALTER TABLE elsewhere RENAME TO webhook_dead_letters');
    await keep.keep([recordOf({})]);
    expect([await rows(), await counted('stored')]).toMatchObject([{ length: 1 }, '1']);
  });

  it('does not store expired dead letters, and deletes stored dead letters once they expire', async () => {
    const { keep, counted } = keeping();
    await keep.keep([
      recordOf({ offset: 1, failedAt: NOW - 30 * DAY_MS - 1 }),
      recordOf({ offset: 2, failedAt: NOW - 30 * DAY_MS }),
      recordOf({ offset: 3 }),
    ]);
    expect(await counted('expired')).toBe('1');
    expect(await deleteOlderThan(1)).toBe(1);
    expect((await rows()).map((row) => row['record_offset'])).toEqual(['3']);
  });

  it('deletes all expired dead letters, even if they do not fit into one batch', async () => {
    await pool.query(`
      INSERT INTO webhook_dead_letters (id, topic, partition, record_offset, value_bytes, kept_bytes, is_cut, reason,
                                        error, failed_at)
      SELECT gen_random_uuid(), 'webhook.requested', 0, n, 0, 0, false, 'undecodable', '', '2026-01-01'
        FROM generate_series(1, 12000) AS n`);
    expect(await deleteOlderThan(30)).toBe(12_000);
  });
});
