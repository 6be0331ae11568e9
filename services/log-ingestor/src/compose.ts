import { DAY_MS } from '@hookline/database/partition-days';
import { createPool } from '@hookline/database/pool';
import { schemaStep } from '@hookline/database/schema-step';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { BatchConsumer } from '@hookline/shared/kafka/consume/batch-consumer';
import { DeadLetters } from '@hookline/shared/dead-letters/dead-letters';
import { kafkaDeployment, topicsStep } from '@hookline/shared/deployment/kafka-deployment';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { createKafkaClient, type KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { ConfluentSchemas } from '@hookline/shared/kafka/consume/confluent-schemas';
import { createSchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import { createHealthServer } from '@hookline/shared/runtime/health-server';
import { type App, component, createApp, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import type { Pool } from 'pg';
import type { Config } from './config.ts';
import { KeepDeadLetters } from './dead-letters/keep-dead-letters.ts';
import { createPgDeadLetterWriter, deleteDeadLettersBefore } from './dead-letters/pg-dead-letter-writer.ts';
import { HISTORY_TOPICS } from './ingest/decode-record.ts';
import { createIngestMetrics } from './ingest/ingest-metrics.ts';
import { createIngest } from './ingest/ingest.ts';
import { createPgHistoryWriter } from './ingest/pg-history-writer.ts';
import { PartitionKeeper } from './retention/partition-keeper.ts';
import { keepPartitions } from './retention/pg-keep-partitions.ts';

/** Consumer group, without prefix. */
const INGEST_GROUP = 'log-ingestor';
/** Separate, so that a flood of dead letters does not delay history. */
const DEAD_LETTER_GROUP = 'dead-letters';

export interface LogIngestor extends App {
  /** Port of health and metrics, once started. */
  port(): number;
}

/** Builds the log ingestor; nothing runs before `start`. */
export async function compose({ logger }: { logger: Logger }, config: Config): Promise<LogIngestor> {
  const { days: historyDays } = config.history;
  const metrics = createMetrics('log-ingestor');
  const ingestMetrics = createIngestMetrics(metrics);
  const client = createKafkaClient(
    { logger },
    { ...kafkaDeployment(config), clientId: 'hookline-log-ingestor' },
  );
  const publisher = new Publisher({ client, metrics });
  const { schemaRegistryUrl: url } = config.engines;
  const confluent = url === '' ? undefined : new ConfluentSchemas({ logger, now: Date.now }, { url });
  const registry = createSchemaRegistry({ client, confluent });
  const address = { databaseUrl: databaseUrl(config.database) };
  const pool = createPool(
    { logger },
    {
      ...address,
      maxConnections: config.database.maxConnections,
      applicationName: 'hookline-log-ingestor',
    },
  );
  const keeper = new PartitionKeeper({
    round: async () => {
      await deleteDeadLettersBefore(pool, Date.now() - historyDays * DAY_MS);
      return keepPartitions(pool, { now: Date.now(), historyDays });
    },
    dropped: ingestMetrics.partitionsDropped,
    logger,
  });
  const deadLetters = new DeadLetters({ publisher, metrics, logger, now: Date.now });
  const deps = { decoder: registry, metrics: ingestMetrics, logger, now: Date.now };
  const consumers = createConsumers(
    {
      client,
      ingest: createIngest(
        { ...deps, writer: createPgHistoryWriter({ pool, logger }), deadLetters },
        { historyDays },
      ),
      keep: new KeepDeadLetters({ ...deps, writer: createPgDeadLetterWriter({ pool }) }, { historyDays }),
    },
    config.batches,
  );
  const topics = topicsStep({ logger }, { ...config, service: 'log-ingestor' });
  const schema = schemaStep({ logger }, address);
  const watched = [topics, schema, keeper, ...consumers];
  const health = createHealthServer({ metrics, watched }, config.http);
  // Health first, so that a slow start can be watched; components that the consumers need stop after them.
  const app = createApp([
    health,
    topics,
    schema,
    poolComponent(pool),
    keeper,
    publisher,
    deadLetters,
    registry,
    ...consumers,
    // Stops before the consumers drain: records that wait for the registry are read again by their next owner.
    component('schema lookups', { stop: () => confluent?.stop() }),
  ]);
  return { ...app, port: () => health.port() };
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
  return [
    new BatchConsumer(
      { client, handle: ingest },
      { ...batches, group: INGEST_GROUP, topics: HISTORY_TOPICS },
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
