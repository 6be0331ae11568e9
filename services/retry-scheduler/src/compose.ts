import { TOPICS } from '@hookline/shared/contracts/topics';
import { DeadLetters } from '@hookline/shared/dead-letters/dead-letters';
import { kafkaDeployment, topicsStep } from '@hookline/shared/deployment/kafka-deployment';
import { createKafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { LaneConsumer } from '@hookline/shared/kafka/consume/lane-consumer';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createSchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createHealthServer } from '@hookline/shared/runtime/health-server';
import { createApp, type App } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import type { Config } from './config.ts';
import { fetchWaitMs } from './lanes/fetch-wait.ts';
import { createMoveHead } from './lanes/move-head.ts';
import { createLadder } from './lanes/route.ts';
import { createSchedulerMetrics } from './scheduler-metrics.ts';

/** Consumer group of the lanes, without prefix. */
const LANE_GROUP = 'retry-scheduler';
/** Maximum time for which a stop waits for Kafka to acknowledge the moves in progress. */
const DRAIN_MS = 10_000;

export interface RetryScheduler extends App {
  /** Port of health and metrics, once started. */
  port(): number;
}

/** Builds the retry scheduler; nothing runs before `start`. */
export async function compose({ logger }: { logger: Logger }, config: Config): Promise<RetryScheduler> {
  const metrics = createMetrics('retry-scheduler');
  const client = createKafkaClient(
    { logger },
    { ...kafkaDeployment(config), clientId: 'hookline-retry-scheduler' },
  );
  const publisher = new Publisher({ client, metrics });
  const registry = createSchemaRegistry({ client });
  const deadLetters = new DeadLetters({ publisher, metrics, logger, now: Date.now });
  const ladder = createLadder(config.retries.baseWaitMs);
  const handle = createMoveHead(
    { registry, publisher, deadLetters, metrics: createSchedulerMetrics(metrics), now: Date.now },
    ladder,
  );
  const consumer = new LaneConsumer(
    { client, metrics, handle },
    {
      group: LANE_GROUP,
      topics: [TOPICS.delayed, ...ladder.lanes.map((lane) => lane.topic)],
      fetchWaitMs: fetchWaitMs(ladder),
      drainMs: DRAIN_MS,
    },
  );
  const topics = topicsStep({ logger }, { ...config, service: 'retry-scheduler' });
  const health = createHealthServer({ metrics, watched: [topics, consumer] }, config.http);
  // The health server starts first, so that a slow start can be observed; the publisher stops after the consumer that
  // needs it.
  const app = createApp([health, topics, publisher, deadLetters, registry, consumer]);
  return { ...app, port: () => health.port() };
}
