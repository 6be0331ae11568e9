import {
  createKafkaClient,
  type KafkaClient,
  type KafkaClientOptions,
} from '@hookline/shared/kafka/client/kafka-client';
import { createLogger, type Logger } from '@hookline/shared/runtime/logger';

type EngineClientOptions = Pick<KafkaClientOptions, 'brokers' | 'clientId' | 'security'> &
  Partial<Pick<KafkaClientOptions, 'prefix' | 'partitions'>>;

/** Number of partitions of the event topics unless a deployment sets HOOKLINE_PARTITIONS. */
const DEFAULT_PARTITIONS = 12;

/**
 * Creates an engine's client for Hookline's Kafka. The client connects when it is first used.
 * @param deps.logger a pino logger; by default nothing is logged
 * @param options `prefix` and `partitions`: HOOKLINE_TOPIC_PREFIX and HOOKLINE_PARTITIONS of the deployment
 */
export function createEngineClient(deps: { logger?: Logger }, options: EngineClientOptions): KafkaClient {
  const logger = deps.logger ?? createLogger(options.clientId, 'silent');
  return createKafkaClient({ logger }, { prefix: '', partitions: DEFAULT_PARTITIONS, ...options });
}
