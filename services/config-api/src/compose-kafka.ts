import { TOPICS } from '@hookline/shared/contracts/topics';
import { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import { kafkaDeployment, topicsStep } from '@hookline/shared/deployment/kafka-deployment';
import { createKafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createSchemaRegistry, type SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createTailConsumer } from '@hookline/shared/kafka/consume/tail-consumer';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Metrics } from '@hookline/shared/runtime/metrics';
import type { Config } from './config.ts';
import { OutcomeReading, REST_AFTER_MS } from './executions/outcome-reading.ts';
import { createWakeWaiters, OUTCOME_GATHER_MS } from './executions/wake-waiters.ts';

export interface KafkaSide {
  publisher: Publisher;
  waiters: OutcomeWaiters;
  outcomes: OutcomeReading;
  /** Decodes an event with the schemas that have been loaded so far. */
  decode: SchemaRegistry['decodeNow'];
  parts: Component[];
}

export function createKafkaSide(
  deps: { logger: Logger; metrics: Metrics },
  config: Pick<Config, 'kafka' | 'topics' | 'history'>,
): KafkaSide {
  const { logger, metrics } = deps;
  const client = createKafkaClient(
    { logger },
    { ...kafkaDeployment(config), clientId: 'hookline-config-api' },
  );
  const publisher = new Publisher({ client, metrics });
  const registry = createSchemaRegistry({ client });
  const waiters = new OutcomeWaiters();
  const tail = createTailConsumer(
    { client, onRecord: createWakeWaiters({ waiters, registry, logger }) },
    { topics: [TOPICS.completed], from: 'latest', gatherMs: OUTCOME_GATHER_MS },
  );
  const outcomes = new OutcomeReading({ waiters, tail, logger }, { restAfterMs: REST_AFTER_MS });
  const reading = component('reading of outcomes', {
    start: () => outcomes.rest(),
    stop: () => outcomes.rest(),
  });
  return {
    publisher,
    waiters,
    outcomes,
    decode: (event, bytes) => registry.decodeNow(event, bytes),
    parts: [topicsStep({ logger }, { ...config, service: 'config-api' }), publisher, registry, tail, reading],
  };
}
