/**
 * Engines in other languages on topics that keep batches as they were sent: each with its library's own fingerprint of
 * the published schema, with its client's own partitioner, and once with each compression. Each reads its outcomes with
 * its library and the canonical schema.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { goProgram } from '@hookline/testkit/go-program';
import { pythonWith } from '@hookline/testkit/python-env';
import { storeAsSent } from '@hookline/testkit/stored-as-sent';
import { startStory, type Story } from '../support/story.ts';

const FOREIGN = join(import.meta.dirname, '../foreign');
const AVRO = join(import.meta.dirname, '../../packages/shared/avro');
const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
/** Enough repetition that each codec makes the batch smaller. */
const CONTEXT = JSON.stringify({
  contact: { email: 'zoë@example.com' },
  workflow: { log: 'again '.repeat(500) },
});

interface Report {
  fingerprint: string;
  /** Codec of each request as the broker has it; not every Kafka client shows it. */
  stored?: Record<string, string>;
  outcomes: { executionId: string; status: string; responseStatus: number; metadata: object }[];
}

let story: Story;
let python: string;
const go = await goProgram(join(FOREIGN, 'go'));
// Jest counts skipped tests without their names where it runs several files.
if ('missing' in go) process.stderr.write(`The engines in Go are skipped: the program ${go.missing}.\n`);

beforeAll(async () => {
  python = await pythonWith(['avro==1.12.2', 'confluent-kafka==2.16.1', 'fastavro==1.13.1']);
  story = await startStory();
  await storeAsSent(story.hookline.topics.client, [TOPICS.requested]);
}, 180_000);

afterAll(() => story.stop());

/** Runs an engine with an order on its stdin and returns what it reports. */
function runEngine(program: string, args: string[], order: object): Promise<Report> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, (error, stdout, stderr) => {
      if (error) reject(new Error(`the engine failed:\n${stderr}`, { cause: error }));
      else resolve(JSON.parse(stdout) as Report);
    });
    child.stdin?.end(JSON.stringify(order));
  });
}

async function delivers(
  library: string,
  fingerprint: string,
  [program = '', ...args]: string[],
): Promise<Report> {
  const { account, hookline, receiver } = story;
  const actionId = await account.createAction({
    url: `${receiver.url}/${library}`,
    method: 'POST',
    payload_template: { email: '{{contact.email}}' },
  });
  const requests = COMPRESSIONS.map((compression) => ({ executionId: randomUUID(), compression }));
  const report = await runEngine(program, args, {
    brokers: hookline.topics.brokers,
    prefix: hookline.topics.prefix,
    accountId: account.id,
    actionId,
    context: CONTEXT,
    requestedSchema: join(AVRO, 'webhook-requested/v1.avsc'),
    completedSchema: join(AVRO, 'webhook-completed/v1.canonical.avsc'),
    library,
    requests,
  });

  expect(report.fingerprint).toBe(fingerprint);
  const byId = new Map(report.outcomes.map((outcome) => [outcome.executionId, outcome]));
  for (const { executionId } of requests) {
    expect(byId.get(executionId)).toEqual({
      executionId,
      status: 'success',
      responseStatus: 200,
      metadata: { library },
    });
    const received = receiver.seen.filter((one) => one.header('webhook-id') === executionId);
    expect(received.map(({ body }) => body.toString())).toEqual(['{"email":"zoë@example.com"}']);
  }
  if (report.stored === undefined) return report;
  return { ...report, stored: namedByCompression(report.stored, requests) };
}

/** Which codec the broker kept, by the one that was asked for. */
function namedByCompression(
  stored: Record<string, string>,
  requests: readonly { executionId: string; compression: string }[],
): Record<string, string> {
  return Object.fromEntries(requests.map((one) => [one.compression, stored[one.executionId] ?? 'unknown']));
}

describe('an engine in Python', () => {
  const program = join(FOREIGN, 'each_compression.py');
  it.each([
    ['avro', 'd878bda81d3940f8'],
    ['fastavro', '419f0504c679fddd'],
  ])(
    'A-034 with %s has its requests delivered and reads their outcomes',
    async (library, fingerprint) => {
      const { outcomes } = await delivers(library, fingerprint, [python, program]);
      expect(outcomes).toHaveLength(COMPRESSIONS.length);
    },
    120_000,
  );
});

const [describeGo, goPath, note] =
  'path' in go ? [describe, go.path, ''] : [describe.skip, '', ` (skipped: it ${go.missing})`];

describeGo(`an engine in Go${note}`, () => {
  it.each([
    ['goavro', 'd878bda81d3940f8'],
    ['hamba', '42b99113e603a52d'],
  ])(
    'A-034 with %s has its requests delivered and reads their outcomes',
    async (library, fingerprint) => {
      const { stored } = await delivers(library, fingerprint, [goPath]);
      expect(stored).toEqual(Object.fromEntries(COMPRESSIONS.map((name) => [name, name])));
    },
    120_000,
  );
});
