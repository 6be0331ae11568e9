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
  gravity,
  partitionCount,
  type TopicDeployment,
  topicSettings,
} from './topic-settings.ts';

// Node finds no names in this part of a CommonJS module.
const { ConfigResourceTypes, KafkaJSAggregateError, KafkaJSProtocolError } = kafkajs;

/** Longest creation of topics, and then longest wait until their leaders are known, in ms. */
const CREATE_TIMEOUT_MS = 30_000;
const METADATA_RETRY_MS = 50;

export interface TopicOptions extends Omit<KafkaClientOptions, 'clientId'>, TopicDeployment {
  logger?: Logger;
}

/** Topics are missing or differ from the catalogue; the message lists each difference and the way out. */
export class TopicMismatchError extends Error {
  override readonly name = 'TopicMismatchError';
}

/**
 * Creates the topics of the catalogue that are missing and checks those that exist. Safe when several services start
 * at once.
 * @param specs the topics that are needed, if not all of them
 * @throws TopicMismatchError if an existing topic differs in partitions, cleanup, retention, timestamps or record size
 * @throws KafkaAccessError if this user may not do so
 */
export async function ensureTopics(
  options: TopicOptions,
  specs: readonly TopicSpec[] = allTopics(),
): Promise<void> {
  await withTopicAdmin(options, async (admin) => {
    const missing = await missingTopics(admin, specs, options);
    if (missing.length > 0) await createTopics(admin, missing, options);
    await untilLed(
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
 * Checks topics that somebody else creates. They may keep records for longer; settings that are only advised are warned
 * of.
 * @throws TopicMismatchError if one is missing, or differs in partitions, cleanup, retention, timestamps or record size
 * @throws KafkaAccessError if this user may not do so
 */
export async function checkTopics(options: TopicOptions, specs: readonly TopicSpec[]): Promise<void> {
  await withTopicAdmin(options, async (admin, logger) => {
    const missing = await missingTopics(admin, specs, options);
    const there = specs.filter((spec) => !missing.includes(spec));
    const found = Map.groupBy(await findDifferences(admin, there, options), gravity);
    const lines = [
      ...missing.map((spec) => `${topicName(options, spec)}: ${wanted(spec, options)}`),
      ...(found.get('wrong') ?? []).map(describeDifference),
    ];
    refuse(lines, 'Topics are not as HOOKLINE_TOPICS=check wants them; create or change them');
    for (const difference of found.get('advised') ?? []) {
      logger.warn({ ...difference }, 'a topic lacks a setting that is advised');
    }
  });
}

async function withTopicAdmin(
  options: TopicOptions,
  use: (admin: Admin, logger: Logger) => Promise<void>,
): Promise<void> {
  const logger = options.logger ?? createLogger('topics', 'warn');
  // What goes wrong is thrown; kafkajs would log it again at each attempt.
  const silent = createLogger('topics', 'silent');
  const client = createKafkaClient({ logger: silent }, { ...options, clientId: 'hookline-topics' });
  // The first that a service asks of Kafka: whatever is wrong with the way in shows here.
  await withAdmin(client, (admin) => use(admin, logger)).catch((error: unknown) => {
    throw explainKafkaConnection(error);
  });
}

function refuse(lines: string[], what: string): void {
  if (lines.length === 0) return;
  throw new TopicMismatchError(`${what}:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

function wanted(spec: TopicSpec, options: TopicOptions): string {
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
        'allow it Create, or create them otherwise and set HOOKLINE_TOPICS=check',
      { cause: error },
    );
  });
}

/**
 * Waits until the leader of every partition answers. kafkajs could wait for leaders itself, but gives up if the broker
 * it asks has not heard of a new topic yet; and a broker is named leader a moment before it acts as one.
 */
async function untilLed(admin: Admin, topics: string[]): Promise<void> {
  const deadline = Date.now() + CREATE_TIMEOUT_MS;
  const untilOneIsLed = async (topic: string): Promise<void> => {
    while (!(await isLed(admin, topic, deadline))) await sleep(METADATA_RETRY_MS);
  };
  await Promise.all(topics.map(untilOneIsLed));
}

async function isLed(admin: Admin, topic: string, deadline: number): Promise<boolean> {
  try {
    await admin.fetchTopicOffsets(topic);
    return true;
  } catch (error) {
    if (!isOnItsWay(error) || Date.now() > deadline) throw error;
    return false;
  }
}

function isOnItsWay(error: unknown): boolean {
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
    throw new KafkaAccessError('this user may not read the settings of topics: allow it DescribeConfigs', {
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
