import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import { allTopics, type TopicSpec } from '../../contracts/topics.ts';
import { createLogger, type Logger } from '../../runtime/logger.ts';
import { explainKafkaConnection, KafkaAccessError } from '../client/kafka-access-error.ts';
import { createKafkaClient, type KafkaClientOptions, topicName } from '../client/kafka-client.ts';
import { withAdmin } from '../client/with-admin.ts';
import {
  describeDifference,
  type Difference,
  differences,
  partitionCount,
  severityOf,
  type TopicDeployment,
  topicSettings,
} from './topic-settings.ts';

// Node cannot detect named exports of kafkajs, a CommonJS module.
const { ConfigResourceTypes, KafkaJSAggregateError, KafkaJSProtocolError } = kafkajs;

/** Maximum time for creating topics; the wait until their leaders respond has the same limit. */
const CREATE_TIMEOUT_MS = 30_000;
const METADATA_RETRY_MS = 50;

export interface TopicOptions extends Omit<KafkaClientOptions, 'clientId'>, TopicDeployment {
  logger?: Logger;
}

/** Thrown if topics are missing or differ from the catalogue; the message lists each difference and what to do. */
export class TopicMismatchError extends Error {
  override readonly name = 'TopicMismatchError';
}

/**
 * Creates the missing topics of the catalogue and checks the existing ones. Several services may do this concurrently.
 * @param specs the required topics; all topics of the catalogue by default
 * @throws TopicMismatchError if an existing topic differs in partitions, cleanup, retention, timestamps or record size;
 *   with three replicas or more, also in `min.insync.replicas` or `unclean.leader.election.enable`
 * @throws KafkaAccessError if this user may not create or describe topics
 */
export async function ensureTopics(
  options: TopicOptions,
  specs: readonly TopicSpec[] = allTopics(),
): Promise<void> {
  await withTopicAdmin(options, async (admin) => {
    const missing = await missingTopics(admin, specs, options);
    if (missing.length > 0) await createTopics(admin, missing, options);
    await waitForLeaders(
      admin,
      specs.map((spec) => topicName(options, spec)),
    );
    const found = await findDifferences(admin, specs, options);
    refuse(
      found.map(describeDifference),
      'Topics differ from the catalogue; change them, or start with another HOOKLINE_TOPIC_PREFIX',
    );
  });
}

/**
 * Checks topics that Hookline does not create. They may keep records longer than required. If a topic differs only in a
 * setting that is recommended, logs a warning.
 * @throws TopicMismatchError if a topic is missing, or differs in partitions, cleanup, retention, timestamps or record
 *   size
 * @throws KafkaAccessError if this user may not describe topics
 */
export async function checkTopics(options: TopicOptions, specs: readonly TopicSpec[]): Promise<void> {
  await withTopicAdmin(options, async (admin, logger) => {
    const missing = await missingTopics(admin, specs, options);
    const existing = specs.filter((spec) => !missing.includes(spec));
    const found = Map.groupBy(await findDifferences(admin, existing, options), severityOf);
    const lines = [
      ...missing.map((spec) => `${topicName(options, spec)}: ${describeMissing(spec, options)}`),
      ...(found.get('wrong') ?? []).map(describeDifference),
    ];
    refuse(lines, 'Topics differ from what HOOKLINE_TOPICS=check requires; create or change them');
    for (const difference of found.get('recommended') ?? []) {
      logger.warn(
        { ...difference },
        'a topic lacks a recommended setting; records may be lost if a broker fails',
      );
    }
  });
}

async function withTopicAdmin(
  options: TopicOptions,
  use: (admin: Admin, logger: Logger) => Promise<void>,
): Promise<void> {
  const logger = options.logger ?? createLogger('topics', 'warn');
  // Silent, because errors are thrown; kafkajs would also log each of them at every attempt.
  const silent = createLogger('topics', 'silent');
  const client = createKafkaClient({ logger: silent }, { ...options, clientId: 'hookline-topics' });
  // This is the first request of a service to Kafka, so connection and authentication errors appear here.
  await withAdmin(client, (admin) => use(admin, logger)).catch((error: unknown) => {
    throw explainKafkaConnection(error);
  });
}

function refuse(lines: string[], what: string): void {
  if (lines.length === 0) return;
  throw new TopicMismatchError(`${what}:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

function describeMissing(spec: TopicSpec, options: TopicOptions): string {
  const settings = Object.entries(topicSettings(spec, options)).map(([name, value]) => `${name}=${value}`);
  return (
    'does not exist, or this user has no Describe on it; expected ' +
    `partitions=${partitionCount(spec, options)}, ${settings.join(', ')}`
  );
}

async function missingTopics(
  admin: Admin,
  specs: readonly TopicSpec[],
  options: TopicOptions,
): Promise<TopicSpec[]> {
  const existing = new Set(await admin.listTopics());
  return specs.filter((spec) => !existing.has(topicName(options, spec)));
}

async function createTopics(admin: Admin, specs: TopicSpec[], options: TopicOptions): Promise<void> {
  const request = {
    waitForLeaders: false,
    timeout: CREATE_TIMEOUT_MS,
    topics: specs.map((spec) => ({
      topic: topicName(options, spec),
      numPartitions: partitionCount(spec, options),
      replicationFactor: options.replication,
      configEntries: Object.entries(topicSettings(spec, options)).map(([name, value]) => ({ name, value })),
    })),
  };
  await admin.createTopics(request).catch((error: unknown) => {
    const failures: unknown[] = error instanceof KafkaJSAggregateError ? error.errors : [error];
    if (!failures.some(isForbidden)) throw error;
    throw new KafkaAccessError(
      `this user may not create topics (${request.topics.map(({ topic }) => topic).join(', ')}): ` +
        'grant it Create, or create them by other means and set HOOKLINE_TOPICS=check',
      { cause: error },
    );
  });
}

/**
 * Waits until the leader of every partition responds. kafkajs can wait for leaders itself, but gives up if the broker
 * that it contacts has no metadata of a new topic yet. In addition, a broker is named as leader a moment before it acts
 * as leader.
 */
async function waitForLeaders(admin: Admin, topics: string[]): Promise<void> {
  const deadline = Date.now() + CREATE_TIMEOUT_MS;
  const waitFor = async (topic: string): Promise<void> => {
    while (!(await hasLeaders(admin, topic, deadline))) await sleep(METADATA_RETRY_MS);
  };
  await Promise.all(topics.map(waitFor));
}

async function hasLeaders(admin: Admin, topic: string, deadline: number): Promise<boolean> {
  try {
    await admin.fetchTopicOffsets(topic);
    return true;
  } catch (error) {
    if (!isNotReadyYet(error) || Date.now() > deadline) throw error;
    return false;
  }
}

function isNotReadyYet(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (
    cause instanceof KafkaJSProtocolError &&
    ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION'].includes(cause.type)
  );
}

function isForbidden(error: unknown): boolean {
  return error instanceof KafkaJSProtocolError && error.type === 'TOPIC_AUTHORIZATION_FAILED';
}

async function findDifferences(
  admin: Admin,
  specs: readonly TopicSpec[],
  options: TopicOptions,
): Promise<Difference[]> {
  if (specs.length === 0) return [];
  const names = specs.map((spec) => topicName(options, spec));
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const request = {
    includeSynonyms: false,
    resources: names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
  };
  const { resources } = await admin.describeConfigs(request).catch((error: unknown) => {
    if (!isForbidden(error)) throw error;
    throw new KafkaAccessError('this user may not read the settings of topics: grant it DescribeConfigs', {
      cause: error,
    });
  });
  return specs.flatMap((spec) => {
    const name = topicName(options, spec);
    const partitions = topics.find((topic) => topic.name === name)?.partitions.length ?? 0;
    const entries = resources.find((resource) => resource.resourceName === name)?.configEntries ?? [];
    const settings = Object.fromEntries(entries.map((entry) => [entry.configName, entry.configValue]));
    return differences(spec, { partitions: String(partitions), ...settings }, options);
  });
}
