import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool } from '@hookline/database/pool';
import type { HistoryEvent } from '@hookline/log-ingestor/ingest/history-event';
import { mergeBatch } from '@hookline/log-ingestor/ingest/merge-batch';
import { createPgHistoryWriter } from '@hookline/log-ingestor/ingest/pg-history-writer';
import { ContactHashes } from '@hookline/shared/executions/contact-hashes';
import { createLogger } from '@hookline/shared/runtime/logger';
import { aWebhookAttempt, aWebhookCompleted, aWebhookRequested } from '@hookline/testkit/builders';
import type { Pool } from 'pg';
import { type Line, timed } from './figures.ts';

/** Number of executions per batch, as in log-ingestor at 2,000 executions per second. */
const BATCH_EXECUTIONS = 200;
const logger = createLogger('bench', 'warn');
const contacts = new ContactHashes(Buffer.alloc(32, 1));
const ACCOUNTS = 200;
let made = 0;

/** Builds the events of executions: their requests, and for a later batch their attempts and outcomes. */
function someExecutions(count: number): { requests: HistoryEvent[]; results: HistoryEvent[] } {
  const acceptedAt = Date.now();
  const requests: HistoryEvent[] = [];
  const results: HistoryEvent[] = [];
  for (let n = 0; n < count; n++) {
    made += 1;
    const accountId = `writer_${made % ACCOUNTS}`;
    const contact = `contact_${made % 5_000}`;
    const event = aWebhookRequested({
      accountId,
      actionId: `action_${made % 1_000}`,
      workflowExecutionId: randomUUID(),
    });
    const { executionId, actionId, workflowExecutionId } = event;
    const run = { accountId, executionId, actionId, workflowExecutionId, acceptedAt };
    const hashes = {
      idHash: contacts.ofId(accountId, contact),
      emailHash: contacts.ofEmail(accountId, contact),
    };
    requests.push({ kind: 'requested', event, acceptedAt, contact: hashes });
    const endpoint = `https://api${made % 10}.example.com/hooks/${accountId}`;
    results.push({ kind: 'attempt', event: aWebhookAttempt({ ...run, endpoint }) });
    results.push({ kind: 'completed', event: aWebhookCompleted(run) });
  }
  return { requests, results };
}

/**
 * Writes executions for `forMs`, each in two batches: its request, then its attempt and outcome.
 * @param options.perSecond rate; as fast as possible if it is omitted
 * @returns executions written per second
 */
export async function writeFor(pool: Pool, options: { forMs: number; perSecond?: number }): Promise<number> {
  const writer = createPgHistoryWriter({ pool, logger });
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  let written = 0;
  let earlier: HistoryEvent[] = [];
  while (elapsed() < options.forMs) {
    const { requests, results } = someExecutions(BATCH_EXECUTIONS);
    await writer.write(mergeBatch([...earlier, ...requests]));
    earlier = results;
    written += BATCH_EXECUTIONS;
    if (options.perSecond !== undefined)
      await sleep(Math.max(0, (written / options.perSecond) * 1_000 - elapsed()));
  }
  await writer.write(mergeBatch(earlier));
  return (written / elapsed()) * 1_000;
}

/**
 * Measures the cost of each index of `webhook_executions`, except the primary key, by writing the same number of
 * executions to a database with all indexes and to databases that each lack one index, all created from the migrated
 * `template`. The databases take turns in each round, because the speed of the machine varies.
 * @param urlOf returns the URL of a database
 */
export async function measureIndexes(
  { admin, urlOf }: { admin: Pool; urlOf: (database: string) => string },
  options: { template: string; executions: number; rounds: number },
): Promise<Line[]> {
  const indexes = await indexesOf(urlOf(options.template));
  const costs = new Map<string, { ms: number[]; walBytes: number[] }>();
  for (let round = 0; round < options.rounds; round++) {
    for (const without of ['', ...indexes]) {
      const known = costs.get(without) ?? { ms: [], walBytes: [] };
      costs.set(without, known);
      await admin.query(`CREATE DATABASE bench_writes TEMPLATE ${options.template}`);
      const pool = createPool(
        {},
        { databaseUrl: urlOf('bench_writes'), applicationName: 'bench', maxConnections: 2 },
      );
      if (without !== '') await pool.query(`DROP INDEX ${without}`);
      // Creates the partitions and warms up.
      await writeFor(pool, { forMs: 1 });
      await pool.query('CHECKPOINT');
      const walBefore = await walPosition(pool);
      known.ms.push((await timed(() => writeMany(pool, options.executions))) / options.executions);
      known.walBytes.push(((await walPosition(pool)) - walBefore) / options.executions);
      await pool.end();
      await admin.query('DROP DATABASE bench_writes WITH (FORCE)');
    }
  }
  const all = best(costs.get(''));
  return [...costs].map(([without, figures]) => {
    const { ms, walBytes } = best(figures);
    const isAll = without === '';
    return {
      index: isAll ? 'all' : without,
      'µs per execution': (isAll ? ms * 1_000 : (all.ms - ms) * 1_000).toFixed(1),
      'share of time': isAll ? '' : `${(100 * (1 - ms / all.ms)).toFixed(1)} %`,
      'WAL bytes per execution': (isAll ? walBytes : all.walBytes - walBytes).toFixed(0),
    };
  });
}

/** Returns the minimum of each figure, which noise affects least. */
function best(figures: { ms: number[]; walBytes: number[] } | undefined): { ms: number; walBytes: number } {
  return { ms: Math.min(...(figures?.ms ?? [])), walBytes: Math.min(...(figures?.walBytes ?? [])) };
}

async function writeMany(pool: Pool, executions: number): Promise<void> {
  const writer = createPgHistoryWriter({ pool, logger });
  let earlier: HistoryEvent[] = [];
  for (let written = 0; written < executions; written += BATCH_EXECUTIONS) {
    const { requests, results } = someExecutions(BATCH_EXECUTIONS);
    await writer.write(mergeBatch([...earlier, ...requests]));
    earlier = results;
  }
  await writer.write(mergeBatch(earlier));
}

async function walPosition(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ position: string }>(
    "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS position",
  );
  return Number(rows[0]?.position);
}

async function indexesOf(databaseUrl: string): Promise<string[]> {
  const pool = createPool({}, { databaseUrl, applicationName: 'bench', maxConnections: 1 });
  const { rows } = await pool.query<{ name: string }>(
    `SELECT indexrelid::regclass::text AS name FROM pg_index
      WHERE indrelid = 'webhook_executions'::regclass AND NOT indisprimary ORDER BY 1`,
  );
  await pool.end();
  return rows.map(({ name }) => name);
}
