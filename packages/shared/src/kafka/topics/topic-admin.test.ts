/** Creates and checks topics on a real broker. Some assertions depend on the broker's default settings. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { problemLines } from '@hookline/testkit/problem-lines';
import { sharedStack } from '@hookline/testkit/shared-stack';
import kafkajs, { type Admin } from 'kafkajs';
import { allTopics, TOPICS, type TopicSpec } from '../../contracts/topics.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createKafkaClient, topicName } from '../client/kafka-client.ts';
import { checkTopics, ensureTopics, TopicMismatchError, type TopicOptions } from './topic-admin.ts';

const { ConfigResourceTypes } = kafkajs;
const DAY_MS = 86_400_000;
const logger = createLogger('test', 'fatal');

let options: TopicOptions;
let admin: Admin;

beforeEach(async () => {
  const { kafkaBrokers: brokers } = await sharedStack();
  const prefix = `test-${randomBytes(6).toString('hex')}.`;
  options = { brokers, prefix, partitions: 2, replication: 1, historyRetentionMs: 7 * DAY_MS, logger };
  admin = createKafkaClient({ logger }, { ...options, clientId: 'topic-admin-test' }).kafka.admin();
  await admin.connect();
});

afterEach(async () => {
  await admin.deleteTopics({ topics: await ownTopics() });
  await admin.disconnect();
});

async function ownTopics(): Promise<string[]> {
  return (await admin.listTopics()).filter((name) => name.startsWith(options.prefix)).sort();
}

const expectedTopics = (): string[] =>
  allTopics()
    .map((spec) => topicName(options, spec))
    .sort();

async function settingsOf(topic: string): Promise<Record<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
  });
  return Object.fromEntries(
    (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
  );
}

async function mismatchOf(changed: Partial<TopicOptions>): Promise<string[]> {
  try {
    await ensureTopics({ ...options, ...changed });
  } catch (error) {
    return problemLines(error, TopicMismatchError);
  }
  return [];
}

describe('ensureTopics', () => {
  it('creates every topic of the catalogue, with its partitions and settings', async () => {
    await ensureTopics(options);
    expect(await ownTopics()).toEqual(expectedTopics());
    const { topics } = await admin.fetchTopicMetadata({ topics: expectedTopics() });
    const partitions = Object.fromEntries(topics.map(({ name, partitions: { length } }) => [name, length]));
    for (const spec of allTopics()) {
      expect(partitions[topicName(options, spec)]).toBe(spec.partitions === 'one' ? 1 : 2);
    }
    expect(await settingsOf(topicName(options, TOPICS.requested))).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': String(7 * DAY_MS),
      'message.timestamp.type': 'LogAppendTime',
      'max.message.bytes': '2097152',
    });
    expect(await settingsOf(topicName(options, TOPICS.definitions))).toMatchObject({
      'cleanup.policy': 'compact',
      'message.timestamp.type': 'LogAppendTime',
      'max.message.bytes': '2621440',
    });
  });

  it('changes nothing if all topics exist, and otherwise creates the missing topics', async () => {
    await ensureTopics(options);
    await ensureTopics(options);
    const lost = topicName(options, TOPICS.deadLetter);
    await admin.deleteTopics({ topics: [lost] });
    while ((await ownTopics()).includes(lost));
    await ensureTopics(options);
    expect(await ownTopics()).toEqual(expectedTopics());
  });

  it('may be called by several services at the same time', async () => {
    await Promise.all([ensureTopics(options), ensureTopics(options), ensureTopics(options)]);
    expect(await ownTopics()).toEqual(expectedTopics());
  });

  it('ignores topics with other prefixes', async () => {
    await ensureTopics(options);
    const mine = options.prefix;
    const other = { ...options, prefix: `${mine}more.`, partitions: 1 };
    await ensureTopics(other);
    expect(await ownTopics()).toHaveLength(2 * allTopics().length);
  });

  it('lists every difference in existing topics, and what to do', async () => {
    await ensureTopics(options);
    const [due, completed] = [topicName(options, TOPICS.due), topicName(options, TOPICS.completed)];
    const entries = (values: Record<string, string>) =>
      Object.entries(values).map(([name, value]) => ({ name, value }));
    // Another codec is not a difference, because batches of every codec are read.
    const packed = { 'compression.type': 'zstd' };
    const fine = { ...packed, 'message.timestamp.type': 'LogAppendTime', 'max.message.bytes': '2621440' };
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: due,
          configEntries: entries({
            ...fine,
            'cleanup.policy': 'compact',
            'retention.ms': String(21 * DAY_MS),
          }),
        },
        {
          type: ConfigResourceTypes.TOPIC,
          name: completed,
          configEntries: entries({ ...packed, 'max.message.bytes': '1000', 'retention.ms': '5' }),
        },
      ],
    });
    // The broker applies settings in the background. No pause between these checks, because each waits for a response.
    while (
      (await settingsOf(completed))['retention.ms'] !== '5' ||
      (await settingsOf(due))['cleanup.policy'] !== 'compact'
    );

    expect((await mismatchOf({})).sort()).toEqual(
      [
        `${completed}: max.message.bytes is 1000, expected 2621440`,
        `${completed}: message.timestamp.type is CreateTime, expected LogAppendTime`,
        `${completed}: retention.ms is 5, expected ${7 * DAY_MS}`,
        `${due}: cleanup.policy is compact, expected delete`,
      ].sort(),
    );
    await expect(ensureTopics(options)).rejects.toThrow('HOOKLINE_TOPIC_PREFIX');
  });

  it('rejects a different number of partitions, which would move accounts', async () => {
    await ensureTopics(options);
    const differences = await mismatchOf({ partitions: 3 });
    expect(differences).toContain(`${topicName(options, TOPICS.requested)}: partitions is 2, expected 3`);
    expect(differences).toHaveLength(
      allTopics().filter(({ partitions }) => partitions === 'accounts').length,
    );
  });

  it('rejects with the connection error if no broker responds', async () => {
    await expect(ensureTopics({ ...options, brokers: ['127.0.0.1:1'] })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('checkTopics', () => {
  const { requested, due } = TOPICS;

  async function create(
    spec: TopicSpec,
    settings: Record<string, string>,
    numPartitions = 2,
  ): Promise<string> {
    const topic = topicName(options, spec);
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    // kafkajs would look up the leaders only once, perhaps before the broker has metadata of the topic.
    await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions, configEntries }] });
    while (!(await ownTopics()).includes(topic));
    return topic;
  }

  it('accepts topics created by ensureTopics, and checks only the given topics', async () => {
    await ensureTopics(options);
    await expect(checkTopics(options, allTopics())).resolves.toBeUndefined();
    const lost = topicName(options, due);
    await admin.deleteTopics({ topics: [lost] });
    while ((await ownTopics()).includes(lost));
    await expect(checkTopics(options, [requested])).resolves.toBeUndefined();
  });

  it('creates nothing, and lists the expected settings of each missing topic', async () => {
    await expect(checkTopics(options, [requested, TOPICS.schemas])).rejects.toThrow(
      new TopicMismatchError(
        `Topics differ from what HOOKLINE_TOPICS=check requires; create or change them:
  ${options.prefix}webhook.requested: does not exist, or this user has no Describe on it; expected partitions=2, cleanup.policy=delete, message.timestamp.type=LogAppendTime, compression.type=uncompressed, max.message.bytes=2097152, retention.ms=604800000
  ${options.prefix}webhook.schemas: does not exist, or this user has no Describe on it; expected partitions=1, cleanup.policy=compact, message.timestamp.type=LogAppendTime, compression.type=uncompressed, max.message.bytes=2621440`,
      ),
    );
    expect(await ownTopics()).toEqual([]);
  });

  it('lists wrong settings, warns about recommended settings that differ, and allows a longer retention', async () => {
    const fine = {
      'cleanup.policy': 'delete',
      'message.timestamp.type': 'LogAppendTime',
      'max.message.bytes': '2621440',
    };
    const lines: string[] = [];
    const logging = {
      ...options,
      logger: createLogger('test', 'warn', { write: (line) => void lines.push(line) }),
    };
    const topic = await create(due, { ...fine, 'retention.ms': '-1', 'compression.type': 'lz4' });
    await checkTopics(logging, [due]);
    expect(lines).toEqual([]);

    // With three replicas, two settings are recommended, and the topic has one of them.
    await checkTopics({ ...logging, replication: 3 }, [due]);
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ topic, setting: 'min.insync.replicas', found: '1', expected: '2' }),
    ]);

    const wrong = await create(
      requested,
      { 'cleanup.policy': 'compact', 'max.message.bytes': '1000000', 'retention.ms': String(6 * DAY_MS) },
      3,
    );
    const checking = checkTopics(logging, [requested, due]);
    await expect(checking).rejects.toThrow(TopicMismatchError);
    const { message } = (await checking.catch((error: unknown) => error)) as Error;
    expect(message.split('\n').slice(1).sort()).toEqual([
      `  ${wrong}: cleanup.policy is compact, expected delete`,
      `  ${wrong}: max.message.bytes is 1000000, expected 2097152`,
      `  ${wrong}: message.timestamp.type is CreateTime, expected LogAppendTime`,
      `  ${wrong}: partitions is 3, expected 2`,
      `  ${wrong}: retention.ms is ${6 * DAY_MS}, expected ${7 * DAY_MS}`,
    ]);
  });
});
