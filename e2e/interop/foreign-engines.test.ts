/**
 * Engines in other languages. Each uses its library's own fingerprint of the published schema and its client's own
 * partitioner, sends one request in each compression, and reads its outcomes with its library and the canonical schema.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CompressionTypes, Partitioners } from 'kafkajs';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import { topicName } from '@hookline/shared/kafka/client/kafka-client';
import { goProgram } from '@hookline/testkit/go-program';
import { pythonWith } from '@hookline/testkit/python-env';
import { storeAsSent } from '@hookline/testkit/stored-as-sent';
import { startStory, type Story } from '../support/story.ts';

const FOREIGN = join(import.meta.dirname, '../foreign');
const AVRO = join(import.meta.dirname, '../../packages/shared/avro');
const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
/** Repetitive enough that every codec shrinks the batch. */
const CONTEXT = JSON.stringify({
  contact: { email: 'zoë@example.com' },
  workflow: { log: 'again '.repeat(500) },
});

interface Report {
  fingerprint: string;
  /** Codec of each request as the broker stored it; not every Kafka client reports it. */
  stored?: Record<string, string>;
  outcomes: { executionId: string; status: string; responseStatus: number; metadata: object }[];
}

let story: Story;
let python: string;
let actionId: string;
const go = await goProgram(join(FOREIGN, 'go'));
// Reported here, because Jest does not name skipped tests if it runs several files.
if ('missing' in go) process.stderr.write(`The engines in Go are skipped: the program ${go.missing}.\n`);

beforeAll(async () => {
  python = await pythonWith(['avro==1.12.2', 'confluent-kafka==2.16.1', 'fastavro==1.13.1']);
  story = await startStory();
  actionId = await story.account.createAction({
    url: `${story.receiver.url}/foreign`,
    method: 'POST',
    payload_template: { email: '{{contact.email}}' },
  });
});

afterAll(() => story.stop());

/** Runs an engine with its input on stdin and returns its report. */
function runEngine([program = '', ...args]: string[], order: object): Promise<Report> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, (error, stdout, stderr) => {
      if (error) reject(new Error(`the engine failed:\n${stderr}`, { cause: error }));
      else resolve(JSON.parse(stdout) as Report);
    });
    child.stdin?.end(JSON.stringify(order));
  });
}

/** Checks that the request in each compression is delivered once, and that the engine reads its outcome. */
async function delivers(library: string, fingerprint: string, command: string[]): Promise<Report> {
  const { account, hookline, receiver } = story;
  const requests = COMPRESSIONS.map((compression) => ({ executionId: randomUUID(), compression }));
  const report = await runEngine(command, {
    brokers: hookline.topics.brokers,
    prefix: hookline.topics.prefix,
    accountId: account.id,
    actionId,
    context: CONTEXT,
    requestedSchema: join(AVRO, 'webhook-requested/v1.avsc'),
    completedSchema: join(AVRO, 'webhook-completed/v2.canonical.avsc'),
    library,
    requests,
  });

  expect(report.fingerprint).toBe(fingerprint);
  const outcomes = new Map(report.outcomes.map((outcome) => [outcome.executionId, outcome]));
  const bodies = Map.groupBy(receiver.seen, (one) => one.header('webhook-id'));
  for (const { executionId, compression } of requests) {
    const received = bodies.get(executionId)?.map(({ body }) => body.toString());
    expect({ compression, received, outcome: outcomes.get(executionId) }).toEqual({
      compression,
      received: ['{"email":"zoë@example.com"}'],
      outcome: { executionId, status: 'success', responseStatus: 200, metadata: { library } },
    });
  }
  return report;
}

const PYTHON = [
  ['avro', 'd878bda81d3940f8'],
  ['fastavro', '419f0504c679fddd'],
] as const;
const GO = [
  ['goavro', 'd878bda81d3940f8'],
  ['hamba', '42b99113e603a52d'],
] as const;
const pythonProgram = join(FOREIGN, 'each_compression.py');
const [describeGo, goProgramPath, note] =
  'path' in go ? [describe, go.path, ''] : [describe.skip, '', ` (skipped: it ${go.missing})`];

describe('on topics as Hookline creates them, an engine in Python', () => {
  it.each(PYTHON)(
    'A-034 with %s gets each request delivered and reads its outcome',
    async (library, fingerprint) => {
      const { outcomes } = await delivers(library, fingerprint, [python, pythonProgram]);
      expect(outcomes).toHaveLength(COMPRESSIONS.length);
    },
  );
});

describeGo(`on topics as Hookline creates them, an engine in Go${note}`, () => {
  it.each(GO)(
    'A-034 with %s gets each request delivered and reads its outcome',
    async (library, fingerprint) => {
      const { stored } = await delivers(library, fingerprint, [goProgramPath]);
      expect(new Set(Object.values(stored ?? {}))).toEqual(new Set(['none']));
    },
  );
});

describe('on topics that keep batches as they were sent', () => {
  beforeAll(() => storeAsSent(story.hookline.topics.client, [TOPICS.requested]));

  it.each(PYTHON)('A-034 an engine in Python with %s reads each outcome', async (library, fingerprint) => {
    const { outcomes } = await delivers(library, fingerprint, [python, pythonProgram]);
    expect(outcomes).toHaveLength(COMPRESSIONS.length);
  });

  it('a batch that is too large when decompressed is dead-lettered with the reason, and its partition continues', async () => {
    const { account, hookline } = story;
    const { client, partitions } = hookline.topics;
    const partition = accountPartition(account.id, partitions);
    const producer = client.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({
      topic: topicName(client, TOPICS.requested),
      compression: CompressionTypes.GZIP,
      messages: [{ key: account.id, partition, value: Buffer.alloc(65 * 1_048_576) }],
    });
    await producer.disconnect();
    const behind = await hookline.engine.request({ accountId: account.id, actionId });

    expect(await hookline.outcome(behind)).toMatchObject({ status: 'success' });
    const reason = 'gzip: more than 67108864 bytes when decompressed';
    const letter = await hookline.probe.next('DeadLetter', ({ error }) => error.includes(reason));
    expect(letter).toMatchObject({ topic: TOPICS.requested.name, partition });
  });

  describeGo(`an engine in Go${note}`, () => {
    it.each(GO)('A-034 with %s reads each outcome', async (library, fingerprint) => {
      const { stored } = await delivers(library, fingerprint, [goProgramPath]);
      // The broker stored one batch with each codec.
      expect(Object.values(stored ?? {}).sort()).toEqual(COMPRESSIONS.toSorted());
    });
  });
});
