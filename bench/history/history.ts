import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrate } from '@hookline/database/migrate';
import { nextDay } from '@hookline/database/partition-days';
import { dropPartitionsBefore } from '@hookline/database/partitions';
import { createPool } from '@hookline/database/pool';
import type { Pool } from 'pg';
import { median, quantile } from '../figures/quantile.ts';
import { computeAnalytics, measureAnalytics, measureFirstAnalytics } from './analytics.ts';
import { type Line, ms, textTable, timed } from './figures.ts';
import {
  lookUpUntil,
  measureFirstTime,
  measureLookUps,
  measureResidual,
  type Sample,
  takeSamples,
  WatchedHistory,
} from './look-ups.ts';
import { type Seed, seededDays, seedHistory } from './seed.ts';
import { type Server, startServer } from './server.ts';
import { measureIndexes, writeFor } from './writes.ts';

/**
 * `npm run bench:history -- --executions 10000000`: seeds history on a separate Postgres, measures look-ups, analytics,
 * filters, writes, dropping a day and the cost of each index, prints tables and writes bench/out/history.json
 * (bench/README.md).
 */
const OUT = join(import.meta.dirname, '../out');
const DATABASE = 'bench_history';
const TEMPLATE = 'bench_template';
const INGEST_PER_SECOND = 2_000;
/** Look-ups per second while writing, far more than a support team makes. */
const LOOK_UPS_PER_SECOND = 50;
const WRITE_ROUNDS = 3;

const report = (line: string): void => console.error(line);

interface Options extends Seed {
  samples: number;
  writeMs: number;
  indexExecutions: number;
  dropCaches: boolean;
  dataRoot: string;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      executions: { type: 'string', default: '500000' },
      days: { type: 'string', default: '30' },
      samples: { type: 'string', default: '100' },
      'write-seconds': { type: 'string', default: '20' },
      'index-executions': { type: 'string', default: '20000' },
      'drop-caches': { type: 'boolean', default: false },
      'data-root': { type: 'string', default: tmpdir() },
    },
  });
  const count = (name: 'executions' | 'days' | 'samples' | 'write-seconds' | 'index-executions'): number => {
    const number = Number(values[name]);
    if (!Number.isInteger(number) || number < 1)
      throw new Error(`--${name} must be a whole number of at least 1`);
    return number;
  };
  return {
    executions: count('executions'),
    days: count('days'),
    samples: count('samples'),
    writeMs: count('write-seconds') * 1_000,
    indexExecutions: count('index-executions'),
    dropCaches: values['drop-caches'],
    dataRoot: values['data-root'],
    lookupKey: Buffer.alloc(32, 'a key of the benchmark'),
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  const { dataRoot } = options;
  await using server = await startServer({ dataRoot, signal: stop.signal, progress: report });
  const done = measureAll(server, options);
  const stopped = new Promise<never>((_, reject) =>
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error), { once: true }),
  );
  await Promise.race([done, stopped]);
}

async function measureAll(server: Server, options: Options): Promise<void> {
  const admin = poolOf(server.urlOf('postgres'), 2);
  for (const database of [DATABASE, TEMPLATE]) {
    await admin.query(`CREATE DATABASE ${database}`);
    await migrate(server.urlOf(database));
  }
  let pool = poolOf(server.urlOf(DATABASE), 10);
  const seedMs = await timed(() => seedHistory({ pool, report }, options));
  report(`seeded in ${(seedMs / 1_000).toFixed(0)} s`);
  const analyticsMs = await timed(() => computeAnalytics({ pool }, options));
  report(`analytics of the large account computed in ${(analyticsMs / 1_000).toFixed(0)} s`);
  const sizes = await measureSizes(pool);
  const samples = await takeSamples(pool, options, options.samples);
  await Promise.all([pool.end(), admin.end()]);

  await server.restart(options);
  pool = poolOf(server.urlOf(DATABASE), 10);
  const watched = new WatchedHistory({ pool }, options);
  const firstTime = await measureFirstTime(watched.history, samples.slice(0, 20));
  const firstAnalytics = await measureFirstAnalytics(pool, samples);
  const result: Record<string, Line[]> = { sizes };
  result['look-ups'] = await measureLookUps(watched, samples, firstTime);
  result['analytics'] = await measureAnalytics(pool, samples, firstAnalytics);
  result['filters without an index'] = await measureResidual(watched, samples);
  result['writing'] = await measureWriting(pool, watched, samples, options);
  result['dropping a day'] = await measureDrop(pool, watched, samples, options);
  await pool.end();
  const databases = {
    admin: poolOf(server.urlOf('postgres'), 2),
    urlOf: (name: string) => server.urlOf(name),
  };
  result['cost of each index'] = await measureIndexes(databases, {
    template: TEMPLATE,
    executions: options.indexExecutions,
    rounds: 3,
  });
  await databases.admin.end();
  for (const [title, lines] of Object.entries(result)) console.log(textTable(title, lines));
  await write(options, result);
}

function poolOf(databaseUrl: string, maxConnections: number): Pool {
  return createPool({}, { databaseUrl, maxConnections, applicationName: 'bench', statementTimeoutMs: 0 });
}

/** Returns the size of each table and index, summed over all days. */
async function measureSizes(pool: Pool): Promise<Line[]> {
  const { rows } = await pool.query<{ name: string; bytes: string }>(`
    SELECT CASE c.relkind WHEN 'i' THEN coalesce(parent.relname, c.relname) ELSE parent.relname END AS name,
           sum(pg_relation_size(c.oid) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0)) AS bytes
      FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class parent ON parent.oid = i.inhparent
     WHERE parent.relname ~ '^(webhook|analytics)_' GROUP BY 1 ORDER BY 2 DESC`);
  return rows.map(({ name, bytes }) => ({ relation: name, MiB: (Number(bytes) / 2 ** 20).toFixed(0) }));
}

async function measureWriting(
  pool: Pool,
  { history }: WatchedHistory,
  samples: readonly Sample[],
  { writeMs }: Options,
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const perSecond of [INGEST_PER_SECOND, undefined]) {
    const rate = { forMs: writeMs, ...(perSecond === undefined ? {} : { perSecond }) };
    const alone: number[] = [];
    const beside: number[] = [];
    const durations: number[] = [];
    // Alternates between writing alone and writing during look-ups, because the speed of the machine varies.
    for (let round = 0; round < WRITE_ROUNDS; round++) {
      alone.push(await writeFor(pool, rate));
      const reading = new AbortController();
      const { signal } = reading;
      const reader = lookUpUntil(history, samples, { perSecond: LOOK_UPS_PER_SECOND, signal });
      beside.push(await writeFor(pool, rate));
      reading.abort();
      durations.push(...(await reader));
    }
    lines.push({
      'executions/s': perSecond ?? 'as many as possible',
      alone: median(alone).toFixed(0),
      'during look-ups': median(beside).toFixed(0),
      share: `${((100 * median(beside)) / median(alone)).toFixed(1)} %`,
      'look-ups/s': ((durations.length / writeMs / WRITE_ROUNDS) * 1_000).toFixed(0),
      'look-up p95 ms': ms(quantile(durations, 0.95)),
    });
  }
  return lines;
}

/** Drops the oldest day while other connections read and write. */
async function measureDrop(
  pool: Pool,
  { history }: WatchedHistory,
  samples: readonly Sample[],
  options: Options,
): Promise<Line[]> {
  const [oldest = ''] = seededDays(options, Date.now());
  const reading = new AbortController();
  const { signal } = reading;
  const reader = lookUpUntil(history, samples, { perSecond: LOOK_UPS_PER_SECOND, signal });
  const writer = writeFor(pool, { forMs: 5_000, perSecond: INGEST_PER_SECOND });
  const taken = await timed(() => dropPartitionsBefore(pool, nextDay(oldest)));
  const written = await writer;
  reading.abort();
  return [
    {
      day: oldest,
      'dropped in ms': ms(taken),
      'longest look-up ms': ms(Math.max(...(await reader))),
      'executions/s written': written.toFixed(0),
    },
  ];
}

async function write(options: Options, result: Record<string, Line[]>): Promise<void> {
  await mkdir(OUT, { recursive: true });
  const { executions, days, samples, dropCaches } = options;
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const file = {
    at: new Date().toISOString(),
    machine,
    options: { executions, days, samples, dropCaches },
    result,
  };
  await writeFile(join(OUT, 'history.json'), `${JSON.stringify(file, null, 2)}\n`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
