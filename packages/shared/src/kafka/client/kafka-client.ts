import {
  Kafka,
  logLevel,
  type Consumer,
  type ConsumerConfig,
  type KafkaConfig,
  type LogEntry,
  type SASLOptions,
} from 'kafkajs';
import type { TopicSpec } from '../../contracts/topics.ts';
import type { Logger } from '../../runtime/logger.ts';
import { readCompressedBatches } from './compressed-batch-fix.ts';
import { stopIdleSpin } from './idle-spin-fix.ts';
import { fetchLargeBatches } from './large-batch-fix.ts';

stopIdleSpin();
fetchLargeBatches();
readCompressedBatches();

/** What every part behind the door shares: the connection settings and the names of this deployment. */
export interface KafkaClient {
  readonly kafka: Kafka;
  readonly prefix: string;
  readonly partitions: number;
  readonly logger: Logger;
}

/** How the brokers prove who they are, and how this process does. */
export interface KafkaSecurity {
  /** Absent: no TLS. All values are PEM. */
  tls?: {
    /** CAs that vouch for the brokers; the well-known ones if absent. */
    ca?: string;
    /** This process's certificate and its key. */
    cert?: string;
    key?: string;
  };
  /** Absent: no login. */
  login?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
}

export interface KafkaClientOptions {
  brokers: string[];
  /** Shown in broker logs and quotas. */
  clientId: string;
  /** Put before every topic and group name. */
  prefix: string;
  /** Partitions of the event topics. */
  partitions: number;
  security?: KafkaSecurity;
}

/** A TLS handshake and its certificates take more round trips than a TCP connection, for which kafkajs allows 1 s. */
const TLS_CONNECT_MS = 5_000;

export function createKafkaClient(deps: { logger: Logger }, options: KafkaClientOptions): KafkaClient {
  const logger = deps.logger.child({ library: 'kafkajs' });
  const kafka = new Kafka({
    clientId: options.clientId,
    brokers: options.brokers,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => bridgeLog(logger, entry),
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 },
    ...securityOf(options.security ?? {}),
  });
  return { kafka, prefix: options.prefix, partitions: options.partitions, logger: deps.logger };
}

function securityOf({ tls, login }: KafkaSecurity): Partial<KafkaConfig> {
  return {
    ...(tls ? { ssl: { ...tls }, connectionTimeout: TLS_CONNECT_MS } : {}),
    // A copy: kafkajs keeps notes in it.
    ...(login ? { sasl: { ...login } as SASLOptions } : {}),
  };
}

/**
 * kafkajs logs every error response of a broker, also those that it or we try again; who gives up says so himself, so
 * these lines are for debugging.
 */
function bridgeLog(logger: Logger, { level, namespace, log }: LogEntry): void {
  const { message, timestamp: _timestamp, logger: _logger, ...rest } = log;
  const line = namespace === 'Connection' ? 'debug' : level === logLevel.ERROR ? 'error' : 'warn';
  logger[line]({ ...rest, namespace }, message);
}

/** Full name of a topic in this deployment. */
export function topicName(client: { prefix: string }, spec: Pick<TopicSpec, 'name'>): string {
  return client.prefix + spec.name;
}

/** Full name of a consumer group in this deployment. */
export function groupName(client: { prefix: string }, group: string): string {
  return `${client.prefix}hookline.${group}`;
}

/**
 * A kafkajs consumer with the timings that docs/design/ownership.md explains. The fetch wait bounds how long `stop`,
 * `resume` and the next heartbeat may take, because kafkajs sends heartbeats from its fetch loop only.
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
      'a consumer cannot go on; the process ends, to be started again',
    );
    // Uncaught on purpose: a service that lives on without its consumer looks well and does nothing.
    setImmediate(() => {
      throw error;
    });
  });
  return consumer;
}
