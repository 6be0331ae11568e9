import { TOPICS } from '@hookline/shared/contracts/topics';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import { DeadLetters } from '@hookline/shared/dead-letters/dead-letters';
import { kafkaDeployment, topicsStep } from '@hookline/shared/deployment/kafka-deployment';
import { createKafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { ParallelConsumer } from '@hookline/shared/kafka/consume/parallel/parallel-consumer';
import {
  PARALLEL_DEFAULTS,
  type GainedPartition,
  type ParallelConsumerDeps,
} from '@hookline/shared/kafka/consume/parallel/parallel-options';
import { createPublisher } from '@hookline/shared/kafka/publish/publisher';
import { createSchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createHealthServer } from '@hookline/shared/runtime/health-server';
import { createApp, type App } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics, type Metrics } from '@hookline/shared/runtime/metrics';
import { createCommandView } from './commands/command-view.ts';
import { composeDelivery } from './compose-delivery.ts';
import type { Config } from './config.ts';
import { createDefinitionView, type DefinitionView } from './definitions/definition-view.ts';
import { createSettle } from './delivery/settle.ts';
import type { EndpointStates } from './endpoint-state/endpoint-states.ts';
import { createDoneAlready, type DoneAlready } from './idempotency/done-already.ts';
import { createTakeIn } from './intake/take-in.ts';
import { createDispatcherMetrics } from './metrics.ts';

export interface Dispatcher extends App {
  /** Port of health and metrics, once started. */
  port(): number;
}

/** Builds the dispatcher; nothing runs before `start`. */
export async function compose(config: Config, { logger }: { logger: Logger }): Promise<Dispatcher> {
  const metrics = createMetrics('dispatcher');
  const counters = createDispatcherMetrics(metrics);
  const now = Date.now;
  const kafka = composeKafka(config, { metrics, logger, now });
  const { client, publisher, registry, deadLetters } = kafka;
  const definitions = createDefinitionView(
    { ...kafka, logger },
    { cacheBytes: config.HOOKLINE_DEFINITION_CACHE_BYTES },
  );
  const commands = createCommandView({ ...kafka, now });
  const windowMs = config.HOOKLINE_IDEMPOTENCY_WINDOW_MS;
  const done = createDoneAlready({ client, registry, logger, now }, { windowMs });
  const { window, ends, recall, lateOutcomes } = done;
  const { intake, slots, endpointStates, ...delivery } = composeDelivery(config, {
    definitions,
    commands,
    lateOutcomes,
    metrics,
    logger,
  });
  const settle = createSettle({ publisher, lateOutcomes, ends, metrics: counters, logger, now });
  const takeIn = createTakeIn(
    { ...kafka, definitions, window, recall, ...intake, settle, metrics: counters, now },
    { partitions: config.HOOKLINE_PARTITIONS, windowMs },
  );
  const consumer = composeConsumer(config, {
    client,
    handle: takeIn,
    prepare: prepareWith(config, { done, definitions, endpointStates }),
    note: (partition) => ends.note(partition),
  });
  counters.watch({
    inFlight: () => slots.inFlight,
    waiting: () => slots.waiting + intake.backlog.parked,
    inHand: () => consumer.unfinished(),
    definitions: () => definitions.levels(),
  });
  const topics = topicsStep(config, { service: 'dispatcher', logger });
  const { HOST: host, PORT: port } = config;
  const health = createHealthServer({ metrics, watched: [topics, consumer] }, { host, port });
  // Health first, so that a start that takes long can be seen; definitions are complete before work is taken.
  const parts = [
    health,
    topics,
    publisher,
    deadLetters,
    registry,
    definitions,
    commands,
    ...delivery.parts,
    ...done.parts,
    consumer,
    delivery.backlogPart,
  ];
  return { ...createApp(parts), port: () => health.port() };
}

/** What everything here reads and writes Kafka with. */
function composeKafka(config: Config, deps: { metrics: Metrics; logger: Logger; now: () => number }) {
  const options = { ...kafkaDeployment(config), clientId: 'hookline-dispatcher' };
  const client = createKafkaClient(deps, options);
  const publisher = createPublisher({ client, metrics: deps.metrics });
  const deadLetters = new DeadLetters({ publisher, ...deps });
  return { client, publisher, registry: createSchemaRegistry({ client }), deadLetters };
}

/** What has to be known of partitions before their records are taken. */
function prepareWith(
  { HOOKLINE_PARTITIONS: partitions }: Config,
  parts: { done: DoneAlready; definitions: DefinitionView; endpointStates: EndpointStates },
): (gained: GainedPartition[]) => Promise<void> {
  return async (gained) => {
    const numbers = new Set(gained.map(({ partition }) => partition));
    const accountIds = parts.definitions
      .accountIds()
      .filter((accountId) => numbers.has(accountPartition(accountId, partitions)));
    await Promise.all([parts.done.prepare(gained), parts.endpointStates.restore(accountIds)]);
  };
}

function composeConsumer(config: Config, deps: ParallelConsumerDeps): ParallelConsumer {
  return new ParallelConsumer(deps, {
    ...PARALLEL_DEFAULTS,
    group: 'dispatcher',
    topics: [TOPICS.requested, TOPICS.due],
    maxUnfinished: config.HOOKLINE_MAX_UNFINISHED,
    maxUnfinishedBytes: config.HOOKLINE_MAX_UNFINISHED_BYTES,
  });
}
