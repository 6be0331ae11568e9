import type { commonConfig } from '../runtime/common-config.ts';
import type { ConfigOf } from '../runtime/config.ts';
import type { KafkaSettings } from '../runtime/kafka-settings.ts';
import type { Component } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { readPem } from '../runtime/pem-file.ts';
import { WaitingStep } from '../runtime/waiting-step.ts';
import { whyKafkaUnreachable } from '../kafka/client/kafka-access-error.ts';
import type { KafkaClientOptions, KafkaSecurity } from '../kafka/client/kafka-client.ts';
import { SERVICE_ACCESS, type ServiceName, usedTopics } from './service-access.ts';
import { checkTopics, ensureTopics } from '../kafka/topics/topic-admin.ts';

const DAY_MS = 86_400_000;

type CommonConfig = ConfigOf<typeof commonConfig>;
type DeploymentConfig = KafkaSettings & Pick<CommonConfig, 'HOOKLINE_PARTITIONS' | 'HOOKLINE_TOPIC_PREFIX'>;

/**
 * Reads the brokers, the authentication and the topic names of this deployment from its configuration.
 * @throws Error if a file with a certificate or key cannot be read
 */
export function kafkaDeployment(config: DeploymentConfig): Omit<KafkaClientOptions, 'clientId'> {
  return {
    brokers: config.KAFKA_BROKERS,
    prefix: config.HOOKLINE_TOPIC_PREFIX,
    partitions: config.HOOKLINE_PARTITIONS,
    security: securityFrom(config),
  };
}

function securityFrom(config: KafkaSettings): KafkaSecurity {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = config;
  const pem = (name: 'ca' | 'cert' | 'key', path: string) => (path === '' ? {} : { [name]: readPem(path) });
  const tls = {
    ...pem('ca', config.KAFKA_CA_FILE),
    ...pem('cert', config.KAFKA_CERT_FILE),
    ...pem('key', config.KAFKA_KEY_FILE),
  };
  return {
    ...(config.KAFKA_TLS ? { tls } : {}),
    ...(mechanism === '' ? {} : { login: { mechanism, username, password } }),
  };
}

interface TopicsDeps {
  service: ServiceName;
  logger: Logger;
}

/**
 * Prepares the topics as HOOKLINE_TOPICS selects: creates missing topics of the catalogue and checks the others, or only
 * checks the topics that this service uses.
 * @throws KafkaAccessError, TopicMismatchError, or an error of kafkajs if Kafka cannot be reached
 */
export function prepareTopics(config: CommonConfig, { service, logger }: TopicsDeps): Promise<void> {
  const options = {
    ...kafkaDeployment(config),
    replication: config.HOOKLINE_REPLICATION,
    historyRetentionMs: config.HOOKLINE_HISTORY_DAYS * DAY_MS,
    logger,
  };
  return config.HOOKLINE_TOPICS === 'check'
    ? checkTopics(options, usedTopics(SERVICE_ACCESS[service]))
    : ensureTopics(options);
}

/**
 * Creates the startup step that prepares the topics. It is the first step that needs Kafka, and waits while no broker can
 * be reached; an error that only a change of the configuration can fix ends the start.
 */
export function topicsStep(config: CommonConfig, { service, logger }: TopicsDeps): Component {
  return new WaitingStep(
    { logger, now: () => performance.now() },
    {
      name: 'topics',
      store: 'Kafka',
      run: () => prepareTopics(config, { service, logger }),
      whyUnreachable: whyKafkaUnreachable,
    },
  );
}
