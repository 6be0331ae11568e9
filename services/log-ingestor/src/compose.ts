import { createPool } from '@hookline/database/pool';
import { schemaStep } from '@hookline/database/schema-step';
import { LIMITS } from '@hookline/shared/contracts/limits';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { BatchConsumer } from '@hookline/shared/kafka/consume/batch-consumer';
import { DeadLetters } from '@hookline/shared/dead-letters/dead-letters';
import { kafkaDeployment, topicsStep } from '@hookline/shared/deployment/kafka-deployment';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { createKafkaClient, type KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import { createHealthServer } from '@hookline/shared/runtime/health-server';
import { type App, component, createApp, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { type Counter, createMetrics } from '@hookline/shared/runtime/metrics';
import { ProcessorLoad } from '@hookline/shared/runtime/processor-load';
import type { Pool } from 'pg';
import { createAnalyticsJob } from './analytics/create-analytics-job.ts';
import type { Config } from './config.ts';
import type { KeepDeadLetters } from './dead-letters/keep-dead-letters.ts';
import { createPgWriters } from './pg-writers.ts';
import { HISTORY_TOPICS } from './ingest/decode-record.ts';
import { createIngestMetrics } from './ingest/ingest-metrics.ts';
import { createIngestSide } from './ingest-side.ts';
import { createLedger } from './ledger/create-ledger.ts';
import { createLedgerStore } from './ledger/pg-ledger-store.ts';
import { PartitionKeeper } from './retention/partition-keeper.ts';
import { deleteExpired } from './retention/pg-delete-expired.ts';
import { keepPartitions } from './retention/pg-keep-partitions.ts';
import { RETAINED_TABLES } from './retention/retained-tables.ts';

/** Consumer group, without prefix. */
const INGEST_GROUP = 'log-ingestor';
/** A separate group, so that a flood of dead letters does not delay history. */
const DEAD_LETTER_GROUP = 'dead-letters';
/** Maximum factor by which the linger of history batches grows at high rates and while the processors are busy. */
const LINGER_GROWTH = 25;
/**
 * An execution that is still unaccounted for after a minute needs attention. Misrouted requests are looked up rarely,
 * because each look-up reads `webhook.due` again.
 */
const LEDGER_TIMES = { warnAfterMs: 60_000, lookUpEveryMs: 30_000 };

export interface LogIngestor extends App {
  /** Port of health and metrics, once started. */
  port(): number;
}

/** Builds the log ingestor; nothing runs before `start`. */
export async function compose({ logger }: { logger: Logger }, config: Config): Promise<LogIngestor> {
  const { days: historyDays } = config.history;
  const metrics = createMetrics('log-ingestor');
  const ingestMetrics = createIngestMetrics(metrics);
  const kafka = { ...kafkaDeployment(config), clientId: 'hookline-log-ingestor' };
  const client = createKafkaClient({ logger }, kafka);
  const publisher = new Publisher({ client, metrics });
  const address = { databaseUrl: databaseUrl(config.database) };
  const pool = createPool(
    { logger },
    {
      ...address,
      maxConnections: config.database.maxConnections,
      applicationName: 'hookline-log-ingestor',
    },
  );
  const keeper = createKeeper({ pool, dropped: ingestMetrics.partitionsDropped, logger }, { historyDays });
  const deadLetters = new DeadLetters({ publisher, metrics, logger, now: Date.now });
  const stored = createPgWriters({ pool, logger });
  const { registry, confluent, ingest, keep } = createIngestSide(
    {
      client,
      writer: stored.history,
      deadLetterWriter: stored.deadLetters,
      deadLetters,
      metrics: ingestMetrics,
      logger,
    },
    config,
  );
  const consumers = createConsumers({ client, ingest, keep }, config.batches);
  const topics = topicsStep({ logger }, { ...config, service: 'log-ingestor' });
  const schema = schemaStep({ logger }, address);
  const ledgerStore = createLedgerStore({ pool }, { topicPrefix: client.prefix });
  const ledger = createLedger(
    { client, registry, store: ledgerStore, metrics, logger, now: Date.now },
    LEDGER_TIMES,
  );
  const watched = [topics, schema, keeper, ...consumers, ...ledger];
  const health = createHealthServer({ metrics, watched }, config.http);
  // Health starts first, so that a slow start can be watched. The components that the consumers use stop after the
  // consumers.
  const app = createApp([
    health,
    topics,
    schema,
    poolComponent(pool),
    stored.deletedAccounts,
    keeper,
    createAnalyticsJob({ metrics, logger }, config),
    publisher,
    deadLetters,
    registry,
    ...consumers,
    ...ledger,
    // Stops before the consumers drain: records that still wait for the registry are read again by the next owner of
    // their partition.
    component('schema lookups', { stop: () => confluent?.stop() }),
  ]);
  return { ...app, port: () => health.port() };
}

function createKeeper(
  { pool, ...deps }: { pool: Pool; dropped: Counter; logger: Logger },
  { historyDays }: { historyDays: number },
): PartitionKeeper {
  const round = async (): Promise<string[]> => {
    const retention = { now: Date.now(), historyDays };
    // Partitions come first, so that a table whose rows cannot be deleted does not keep history from being dropped.
    const dropped = await keepPartitions(pool, retention);
    for (const table of RETAINED_TABLES) await deleteExpired(pool, table, retention);
    return dropped;
  };
  return new PartitionKeeper({ ...deps, round });
}

function createConsumers(
  deps: {
    client: KafkaClient;
    ingest: (records: ConsumedRecord[]) => Promise<void>;
    keep: KeepDeadLetters;
  },
  batches: Config['batches'],
): Component[] {
  const { client, ingest, keep } = deps;
  const load = new ProcessorLoad();
  return [
    new BatchConsumer(
      { client, handle: ingest, idleShare: () => load.idleShare() },
      {
        ...batches,
        maxLingerMs: Math.min(LIMITS.lingerMs.max, batches.lingerMs * LINGER_GROWTH),
        group: INGEST_GROUP,
        topics: HISTORY_TOPICS,
      },
    ),
    new BatchConsumer(
      { client, handle: (records) => keep.keep(records) },
      { ...batches, group: DEAD_LETTER_GROUP, topics: [TOPICS.deadLetter] },
    ),
  ];
}

/** The pool connects when it is first used; the lifecycle only closes it. */
function poolComponent(pool: Pool): Component {
  return component('database connections', {
    stop: async () => {
      if (!pool.ended) await pool.end();
    },
  });
}
