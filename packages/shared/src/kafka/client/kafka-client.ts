import {
  Kafka,
  logLevel,
  type Consumer,
  type ConsumerConfig,
  type KafkaConfig,
  type LogEntry,
  type SASLOptions,
} from 'kafkajs';
import type { Logger } from '../../runtime/logger.ts';
import { createBrokerSocketFactory } from './broker-socket.ts';
import { readCompressedBatches } from './compressed-batch-fix.ts';
import { outliveLostCoordinators } from './coordinator-fix.ts';
import { dropEmptyRests } from './empty-rest-fix.ts';
import { encodeWithoutCopies } from './encoder-copies-fix.ts';
import { stopIdleSpin } from './idle-spin-fix.ts';
import { fetchLargeBatches } from './large-batch-fix.ts';

stopIdleSpin();
fetchLargeBatches();
readCompressedBatches();
encodeWithoutCopies();
outliveLostCoordinators();
dropEmptyRests();

/** Connection and naming settings of this deployment, shared by all readers and writers. */
export interface KafkaClient {
  readonly kafka: Kafka;
  readonly prefix: string;
  readonly partitions: number;
  readonly logger: Logger;
}

/** Settings with which the brokers and this process authenticate each other. */
export interface KafkaSecurity {
  /** TLS is disabled if this is absent. All values are PEM. */
  tls?: {
    /** CAs that signed the certificates of the brokers; the well-known CAs if absent. */
    ca?: string;
    /** Client certificate of this process, and its key. */
    cert?: string;
    key?: string;
  };
  /** SASL authentication is disabled if this is absent. */
  login?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
}

export interface KafkaClientOptions {
  brokers: string[];
  /** Identifies this client in broker logs and quotas. */
  clientId: string;
  /** Prefix of every topic and group name. */
  prefix: string;
  /** Number of partitions of each event topic. */
  partitions: number;
  security?: KafkaSecurity;
}

/** Time limit for connecting with TLS, which needs more round trips than plain TCP, for which kafkajs allows 1 s. */
const TLS_CONNECT_MS = 5_000;

export function createKafkaClient(deps: { logger: Logger }, options: KafkaClientOptions): KafkaClient {
  const logger = deps.logger.child({ library: 'kafkajs' });
  const kafka = new Kafka({
    clientId: options.clientId,
    brokers: options.brokers,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => bridgeLog(logger, entry),
    socketFactory: createBrokerSocketFactory(),
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 },
    ...securityOf(options.security ?? {}),
  });
  return { kafka, prefix: options.prefix, partitions: options.partitions, logger: deps.logger };
}

function securityOf({ tls, login }: KafkaSecurity): Partial<KafkaConfig> {
  return {
    ...(tls ? { ssl: { ...tls }, connectionTimeout: TLS_CONNECT_MS } : {}),
    // Copied, because kafkajs stores state in its `sasl` object.
    ...(login ? { sasl: { ...login } as SASLOptions } : {}),
  };
}

/**
 * Logs a line of kafkajs. In its namespace `Connection`, kafkajs logs every error response of a broker, even if it
 * retries the request. These lines become debug lines, because code that gives up logs its own error.
 */
function bridgeLog(logger: Logger, { level, namespace, log }: LogEntry): void {
  const { message, timestamp: _timestamp, logger: _logger, ...rest } = log;
  const severity = namespace === 'Connection' ? 'debug' : level === logLevel.ERROR ? 'error' : 'warn';
  logger[severity]({ ...rest, namespace }, message);
}

/** Returns the full name of a topic in this deployment. */
export function topicName(client: { prefix: string }, spec: { name: string }): string {
  return client.prefix + spec.name;
}

/** Returns the full name of a consumer group in this deployment. */
export function groupName(client: { prefix: string }, group: string): string {
  return `${client.prefix}hookline.${group}`;
}

/**
 * Times in ms of group members outside the delivery path, which let an idle process sleep longer. Records still arrive
 * immediately, because they end the wait of a fetch. In return, a stop takes up to half a second longer, and the work
 * after a rebalance begins up to a second later, because a member learns of a rebalance from the response to a
 * heartbeat.
 */
export const PATIENT_MEMBER = { heartbeatInterval: 1_500, maxWaitTimeInMs: 1_000 };

/**
 * Creates a kafkajs consumer with the timings that docs/design/ownership.md explains. The fetch wait bounds the
 * duration of `stop` and the delay of a `resume`. It also bounds the time to the next heartbeat, because kafkajs sends
 * heartbeats only from its fetch loop.
 */
export function createConsumer(
  client: KafkaClient,
  options: Partial<ConsumerConfig> & { groupId: string },
): Consumer {
  const consumer = client.kafka.consumer({
    sessionTimeout: 6_000,
    rebalanceTimeout: 10_000,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 500,
    allowAutoTopicCreation: false,
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 2_000,
      retries: 5,
      restartOnFailure: () => Promise.resolve(true),
    },
    ...options,
  });
  consumer.on('consumer.crash', ({ payload: { error, groupId, restart } }) => {
    if (restart) return;
    client.logger.fatal(
      { err: error, groupId },
      'consumer crashed and cannot recover; exiting so that the process is restarted',
    );
    // Uncaught on purpose: without its consumer, the service would appear healthy but do nothing.
    setImmediate(() => {
      throw error;
    });
  });
  return consumer;
}
