import type { commonSettings } from '../runtime/common-settings.ts';
import type { ConfigOf } from '../runtime/config.ts';
import type { KafkaConfig } from '../runtime/kafka-settings.ts';
import type { Component } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { readTextFile } from '../runtime/text-file.ts';
import { WaitingStep } from '../runtime/waiting-step.ts';
import { whyKafkaUnreachable } from '../kafka/client/kafka-access-error.ts';
import type { KafkaClientOptions, KafkaSecurity } from '../kafka/client/kafka-client.ts';
import { SERVICE_ACCESS, type ServiceName, usedTopics } from './service-access.ts';
import { checkTopics, ensureTopics } from '../kafka/topics/topic-admin.ts';

const DAY_MS = 86_400_000;

type CommonConfig = ConfigOf<typeof commonSettings>;

/** Address of a deployment's Kafka, and the prefix and partition count of its topics. */
interface KafkaPlace {
  kafka: KafkaConfig;
  topics: Pick<CommonConfig['topics'], 'prefix' | 'partitions'>;
}

/**
 * Converts the configuration of a deployment to the options of a Kafka client.
 * @throws Error if a file with certificates or a key cannot be read
 */
export function kafkaDeployment({ kafka, topics }: KafkaPlace): Omit<KafkaClientOptions, 'clientId'> {
  return {
    brokers: kafka.brokers,
    prefix: topics.prefix,
    partitions: topics.partitions,
    security: securityFrom(kafka),
  };
}

function securityFrom({ tls, login }: KafkaConfig): KafkaSecurity {
  const { mechanism, username, password } = login;
  const pem = (name: 'ca' | 'cert' | 'key', path: string) =>
    path === '' ? {} : { [name]: readTextFile(path) };
  const certificates = {
    ...pem('ca', tls.caFile),
    ...pem('cert', tls.certFile),
    ...pem('key', tls.keyFile),
  };
  return {
    ...(tls.enabled ? { tls: certificates } : {}),
    ...(mechanism === '' ? {} : { login: { mechanism, username, password } }),
  };
}

interface PrepareTopicsOptions extends Pick<CommonConfig, 'kafka' | 'topics' | 'history'> {
  service: ServiceName;
}

/**
 * Creates the missing topics of the catalogue and checks the others. If operators create the topics (`topics.atStart`
 * is `check`), creates none, and checks only those that this service uses.
 * @throws KafkaAccessError, TopicMismatchError, or an error of kafkajs if Kafka cannot be reached
 */
export function prepareTopics(deps: { logger: Logger }, options: PrepareTopicsOptions): Promise<void> {
  const { service, topics, history } = options;
  const deployment = {
    ...kafkaDeployment(options),
    replication: topics.replication,
    historyRetentionMs: history.days * DAY_MS,
    logger: deps.logger,
  };
  return topics.atStart === 'check'
    ? checkTopics(deployment, usedTopics(SERVICE_ACCESS[service]))
    : ensureTopics(deployment);
}

/**
 * Creates the startup step that prepares the topics. It is the first step that uses Kafka, so it waits while no broker
 * can be reached. An error that only a change to the configuration can fix makes the start fail.
 */
export function topicsStep(deps: { logger: Logger }, options: PrepareTopicsOptions): Component {
  return new WaitingStep(
    { logger: deps.logger, now: () => performance.now() },
    {
      name: 'topics',
      store: 'Kafka',
      run: () => prepareTopics(deps, options),
      whyUnreachable: whyKafkaUnreachable,
    },
  );
}
