/**
 * Builds and runs each program of examples/engines as an engine's author would. A request in a compressed batch is
 * delivered, from the partition that the client chooses and from a partition that is not the account's. The program
 * reads the outcome and drops a repeat of it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { topicName } from '@hookline/shared/kafka/client/kafka-client';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import { storeAsSent } from '@hookline/testkit/stored-as-sent';
import { EXAMPLE_ENGINES } from '../support/example-engines.ts';
import { startStory, type Story } from '../support/story.ts';

const AVRO = join(import.meta.dirname, '../../packages/shared/avro');
/** Time limit of a build, which on a machine without caches downloads and compiles its libraries. */
const BUILD_MS = 900_000;

interface Line {
  outcome?: Record<string, unknown> & { executionId: string };
  repeat?: string;
}

/** A running engine and the lines that it prints. */
class Engine implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #complaints = '';

  constructor([program = '', ...args]: readonly string[], env: Record<string, string>) {
    this.#child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error('the engine was started without pipes for stdout and stderr');
    stderr.on('data', (data: Buffer) => (this.#complaints += data.toString()));
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error that contains the stderr of the program, if the program ends before its next line */
  async nextLine(): Promise<Line> {
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`the engine ended:\n${this.#complaints}`);
    return JSON.parse(value) as Line;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

let story: Story;

beforeAll(async () => {
  story = await startStory({ scripts: { '/engine': { body: { data: { id: 'ext_1' } } } } });
  await storeAsSent(story.hookline.topics.client, [TOPICS.requested]);
});

afterAll(() => story.stop());

/** Publishes the outcome of an execution once more, byte for byte, as may happen after a dispatcher is killed. */
async function repeatOutcome(executionId: string): Promise<void> {
  const { probe, topics } = story.hookline;
  const { bytes, partition, key } = await probe.nextRecord(
    'WebhookCompleted',
    (one) => one.executionId === executionId,
  );
  const producer = topics.client.kafka.producer();
  await producer.connect();
  const topic = topicName(topics.client, TOPICS.completed);
  await producer.send({ topic, messages: [{ key, partition, value: bytes }] });
  await producer.disconnect();
}

/** Traces of one execution of a program: its lines, the requests at its endpoint, and the history. */
interface Observed {
  outcome: Line['outcome'] | undefined;
  repeat: string | undefined;
  bodies: string[];
  history: Record<string, unknown>;
}

/** Runs a program with its own account, from its request to the repeated outcome. */
async function runOneExecution(
  command: readonly string[],
  partitionOf: (accountId: string) => number | null,
): Promise<Observed> {
  const { hookline, receiver } = story;
  const account = await hookline.api.account();
  const actionId = await account.createAction({
    url: `${receiver.url}/engine`,
    method: 'POST',
    payload_template: { email: '{{contact.email}}' },
    response_mapping: { external_id: '$.data.id' },
  });
  const partition = partitionOf(account.id);
  await using engine = new Engine(command, {
    KAFKA_BROKERS: hookline.topics.brokers.join(','),
    HOOKLINE_TOPIC_PREFIX: hookline.topics.prefix,
    AVRO_DIR: AVRO,
    ACCOUNT_ID: account.id,
    WORKFLOW_ID: 'workflow_1',
    ACTION_ID: actionId,
    GROUP_ID: `${hookline.topics.prefix}${account.id}`,
    ...(partition === null ? {} : { PARTITION: String(partition) }),
  });

  const { outcome } = await engine.nextLine();
  const executionId = outcome?.executionId ?? '';
  await repeatOutcome(executionId);
  const { repeat } = await engine.nextLine();
  const received = receiver.seen.filter((one) => one.header('webhook-id') === executionId);
  return {
    outcome,
    repeat,
    bodies: received.map(({ body }) => body.toString()),
    history: await account.execution(executionId, 'success'),
  };
}

/** Returns the expected result of one execution of a program; the partition of the request does not affect it. */
function delivered(language: string, { outcome }: Observed): object {
  return {
    outcome: {
      ...outcome,
      executionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 'success',
      attempts: 1,
      responseStatus: 200,
      metadata: { engine: language },
      mappedFields: { external_id: '"ext_1"' },
    },
    repeat: outcome?.executionId,
    bodies: ['{"email":"zoë@example.com"}'],
    history: { workflow_id: 'workflow_1' },
  };
}

describe.each(Object.keys(EXAMPLE_ENGINES))('the example engine in %s', (language) => {
  let command: string[];
  beforeAll(async () => {
    command = (await EXAMPLE_ENGINES[language]?.()) ?? [];
  }, BUILD_MS);

  it('A-034 gets its request delivered, reads the outcome and drops a repeat', async () => {
    const observed = await runOneExecution(command, () => null);
    expect(observed).toMatchObject(delivered(language, observed));
  });

  it('A-034 gets the same result for a request in a partition that is not the account’s', async () => {
    const { partitions } = story.hookline.topics;
    const observed = await runOneExecution(
      command,
      (id) => (accountPartition(id, partitions) + 1) % partitions,
    );
    expect(observed).toMatchObject(delivered(language, observed));
    const forwarded = await story.hookline.probe.next(
      'AttemptDue',
      ({ request }) => request.executionId === observed.repeat,
    );
    expect(forwarded).toMatchObject({ reason: 'misrouted', attempt: 1 });
  });
});
