import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import { allTopics, type TopicSpec } from '../contracts/topics.ts';
import { createLogger, type Logger } from '../runtime/logger.ts';
import { createKafkaClient, topicName } from './kafka-client.ts';

// Node finds no names in this part of a CommonJS module.
const { ConfigResourceTypes, KafkaJSProtocolError } = kafkajs;

/** Longest creation of topics, and then longest wait until their leaders are known, in ms. */
const CREATE_TIMEOUT_MS = 30_000;
const METADATA_RETRY_MS = 50;

export interface TopicOptions {
  brokers: string[];
  prefix: string;
  partitions: number;
  replication: number;
  /** How long the topics of the history are kept, in ms. */
  historyRetentionMs: number;
  logger?: Logger;
}

/** Topics exist with settings that differ from the catalogue; the message lists each difference and the way out. */
export class TopicMismatchError extends Error {
  override readonly name = 'TopicMismatchError';
}

/**
 * Creates the topics of the catalogue that are missing and checks those that exist. Safe when several services start
 * at once.
 * @throws TopicMismatchError if an existing topic differs in partitions, cleanup, retention, timestamps or record size
 */
export async function ensureTopics(options: TopicOptions): Promise<void> {
  const logger = options.logger ?? createLogger('topics', 'warn');
  const { kafka } = createKafkaClient({ logger }, { ...options, clientId: 'hookline-topics' });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = allTopics().filter((spec) => !existing.has(topicName(options, spec)));
    if (missing.length > 0) await createTopics(admin, missing, options);
    await untilLed(
      admin,
      allTopics().map((spec) => topicName(options, spec)),
    );
    const differences = await findDifferences(admin, allTopics(), options);
    if (differences.length > 0) {
      throw new TopicMismatchError(
        `Topics differ from the catalogue; change them, or start with another HOOKLINE_TOPIC_PREFIX:\n` +
          differences.map((difference) => `  ${difference}`).join('\n'),
      );
    }
  } finally {
    await admin.disconnect();
  }
}

function partitionCount(spec: TopicSpec, options: TopicOptions): number {
  return spec.partitions === 'one' ? 1 : options.partitions;
}

/** Broker settings of a topic, by Kafka's names. */
function settings(spec: TopicSpec, options: TopicOptions): Record<string, string> {
  const retentionMs = spec.retentionMs === 'history' ? options.historyRetentionMs : spec.retentionMs;
  return {
    'cleanup.policy': spec.cleanup,
    'message.timestamp.type': 'LogAppendTime',
    // Whatever codec a producer uses, the broker stores it plain: kafkajs ends over a batch it cannot decompress.
    'compression.type': 'uncompressed',
    'max.message.bytes': String(spec.maxMessageBytes),
    ...(retentionMs === null ? {} : { 'retention.ms': String(retentionMs) }),
    ...(options.replication >= 3
      ? { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' }
      : {}),
  };
}

async function createTopics(admin: Admin, specs: TopicSpec[], options: TopicOptions): Promise<void> {
  await admin.createTopics({
    waitForLeaders: false,
    timeout: CREATE_TIMEOUT_MS,
    topics: specs.map((spec) => ({
      topic: topicName(options, spec),
      numPartitions: partitionCount(spec, options),
      replicationFactor: options.replication,
      configEntries: Object.entries(settings(spec, options)).map(([name, value]) => ({ name, value })),
    })),
  });
}

/**
 * Waits until the leader of every partition answers. kafkajs could wait for leaders itself, but gives up if the broker
 * it asks has not heard of a new topic yet; and a broker is named leader a moment before it acts as one.
 */
async function untilLed(admin: Admin, topics: string[]): Promise<void> {
  const deadline = Date.now() + CREATE_TIMEOUT_MS;
  for (const topic of topics) {
    while (!(await isLed(admin, topic, deadline))) await sleep(METADATA_RETRY_MS);
  }
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

async function findDifferences(admin: Admin, specs: TopicSpec[], options: TopicOptions): Promise<string[]> {
  const names = specs.map((spec) => topicName(options, spec));
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
  });
  return specs.flatMap((spec) => {
    const name = topicName(options, spec);
    const partitions = topics.find((topic) => topic.name === name)?.partitions.length ?? 0;
    const entries = resources.find((resource) => resource.resourceName === name)?.configEntries ?? [];
    const found: Record<string, string | undefined> = {
      partitions: String(partitions),
      ...Object.fromEntries(entries.map((entry) => [entry.configName, entry.configValue])),
    };
    const expected = { partitions: String(partitionCount(spec, options)), ...settings(spec, options) };
    return Object.entries(expected)
      .filter(([setting, value]) => found[setting] !== value)
      .map(([setting, value]) => `${name}: ${setting} is ${found[setting] ?? 'unknown'}, expected ${value}`);
  });
}
