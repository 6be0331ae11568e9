import { randomUUID } from 'node:crypto';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { BatchConsumer } from '@hookline/shared/kafka/consume/batch-consumer';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { kafkaDeployment, prepareTopics } from '@hookline/shared/deployment/kafka-deployment';
import { createKafkaClient, type KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import type { ServiceName } from '@hookline/shared/deployment/service-access';
import { commonSettings } from '@hookline/shared/runtime/common-settings';
import { readSettings } from '@hookline/shared/runtime/config';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';

type Env = Readonly<Record<string, string>>;

// Silent, because errors are thrown.
const logger = createLogger('e2e', 'silent');

/** Creates a client from environment variables, as the services do. */
export function kafkaClientFrom(env: Env): KafkaClient {
  const config = readSettings(commonSettings, env);
  return createKafkaClient({ logger }, { ...kafkaDeployment(config), clientId: 'e2e' });
}

/** Creates or checks the topics, as a service does at its start. */
export async function prepareTopicsAs(env: Env, service: ServiceName = 'log-ingestor'): Promise<void> {
  await prepareTopics({ logger }, { ...readSettings(commonSettings, env), service });
}

/** Publishes a record with the services' publisher and reads it back with their consumer. */
export async function roundTrip(env: Env): Promise<string | undefined> {
  const client = kafkaClientFrom(env);
  const key = randomUUID();
  const records = createArrivals<ConsumedRecord>((record) => String(record.key));
  const handle = async (batch: ConsumedRecord[]): Promise<void> => batch.forEach((one) => records.add(one));
  const options = { topics: [TOPICS.requested], maxRecords: 100, maxBytes: 1_048_576, lingerMs: 0 };
  const consumer = new BatchConsumer({ client, handle }, { ...options, group: `round-trip-${key}` });
  const publisher = new Publisher({ client, metrics: createMetrics('e2e') });
  await publisher.start();
  await consumer.start();
  try {
    await publisher.publish({ topic: TOPICS.requested, accountId: key, key, value: Buffer.from('hello') });
    const arrived = await records.until((all) => all.find((record) => record.key?.toString() === key), {
      wanted: 'the record that was published',
      deadlineMs: DEFAULT_DEADLINE_MS,
    });
    return arrived.value?.toString();
  } finally {
    await consumer.stop();
    await publisher.stop();
  }
}
