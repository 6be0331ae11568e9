import { createPool } from '@hookline/database/pool';
import { schemaStep } from '@hookline/database/schema-step';
import { createBatchConsumer } from '@hookline/shared/kafka/batch-consumer';
import { kafkaDeployment, topicsStep } from '@hookline/shared/kafka/deployment';
import { createKafkaClient } from '@hookline/shared/kafka/kafka-client';
import { createPublisher } from '@hookline/shared/kafka/publisher';
import { createSchemaRegistry } from '@hookline/shared/kafka/schema-registry';
import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import { createHealthServer } from '@hookline/shared/runtime/health-server';
import { type App, createApp, type Part } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import type { Pool } from 'pg';
import type { Config } from './config.ts';
import { HISTORY_TOPICS } from './ingest/decode-record.ts';
import { createIngestMetrics } from './ingest/ingest-metrics.ts';
import { createIngest } from './ingest/ingest.ts';
import { createPgHistoryWriter } from './ingest/pg-history-writer.ts';
import { createPartitionKeeper } from './retention/partition-keeper.ts';
import { keepPartitions } from './retention/pg-keep-partitions.ts';

/** Consumer group, without prefix. */
export const INGEST_GROUP = 'log-ingestor';

export interface LogIngestor extends App {
  /** Port of health and metrics, once started. */
  port(): number;
}

/** Builds the log ingestor; nothing runs before `start`. */
export async function compose(config: Config, { logger }: { logger: Logger }): Promise<LogIngestor> {
  const historyDays = config.HOOKLINE_HISTORY_DAYS;
  const metrics = createMetrics('log-ingestor');
  const ingestMetrics = createIngestMetrics(metrics);
  const client = createKafkaClient(
    { logger },
    { ...kafkaDeployment(config), clientId: 'hookline-log-ingestor' },
  );
  const publisher = createPublisher({ client, metrics });
  const registry = createSchemaRegistry({ client });
  const pool = createPool(
    {
      databaseUrl: databaseUrl(config),
      applicationName: 'hookline-log-ingestor',
      maxConnections: config.HOOKLINE_DATABASE_CONNECTIONS,
    },
    { logger },
  );
  const keeper = createPartitionKeeper({
    round: () => keepPartitions(pool, { now: Date.now(), historyDays }),
    dropped: ingestMetrics.partitionsDropped,
    logger,
  });
  const writer = createPgHistoryWriter({ pool });
  const handle = createIngest(
    { decoder: registry, writer, publisher, metrics: ingestMetrics, logger, now: Date.now },
    { historyDays },
  );
  const consumer = createBatchConsumer(
    { client, handle },
    {
      group: INGEST_GROUP,
      topics: HISTORY_TOPICS,
      maxRecords: config.HOOKLINE_INGEST_BATCH_RECORDS,
      maxBytes: config.HOOKLINE_INGEST_BATCH_BYTES,
      lingerMs: config.HOOKLINE_INGEST_LINGER_MS,
    },
  );
  const topics = topicsStep(config, { service: 'log-ingestor', logger });
  const schema = schemaStep({ logger }, { databaseUrl: databaseUrl(config) });
  const { HOST: host, PORT: port } = config;
  const health = createHealthServer({ metrics, watched: [topics, schema, keeper, consumer] }, { host, port });
  // Health first, so that a start that takes long can be seen; what the consumer needs outlives it.
  const app = createApp([health, topics, schema, poolPart(pool), keeper, publisher, registry, consumer]);
  return { ...app, port: () => health.port() };
}

/** The pool connects when first used; only its end is a matter of the lifecycle. */
function poolPart(pool: Pool): Part {
  return {
    name: 'database connections',
    start: () => Promise.resolve(),
    stop: async () => {
      if (!pool.ended) await pool.end();
    },
  };
}
