import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { createKafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { createSchemaRegistry, type SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createLogger } from '@hookline/shared/runtime/logger';
import { anAttemptDue, aWebhookCompleted, aWebhookRequested } from '@hookline/testkit/builders';
import { type KafkaFixture, kafkaFixture } from '@hookline/testkit/kafka-fixture';
import { ExecutionWindow } from './execution-window.ts';
import { Recall } from './recall.ts';

let kafka: KafkaFixture;
let registry: SchemaRegistry;

beforeAll(async () => {
  kafka = await kafkaFixture([TOPICS.completed, TOPICS.delayed]);
  registry = await kafka.run(createSchemaRegistry({ client: kafka.client }));
});

afterAll(async () => kafka[Symbol.asyncDispose]());

const newWindow = () => new ExecutionWindow({ maxAgeMs: 60_000, maxExecutions: 1_000 });
const FIRST = { attempt: 1, deferrals: 0 };

function recallInto(window: ExecutionWindow, logs: Record<string, unknown>[] = []) {
  const write = (line: string): void => void logs.push(JSON.parse(line) as Record<string, unknown>);
  const logger = createLogger('test', 'info', { write });
  return new Recall({ client: kafka.client, registry, window, logger, now: Date.now });
}

async function completed(partition: number) {
  const outcome = aWebhookCompleted();
  const { accountId, executionId: key } = outcome;
  const value = encodeEvent('WebhookCompleted', outcome);
  await kafka.publisher.publish({ topic: TOPICS.completed, accountId, key, value, partition });
  return outcome;
}

async function delayed(partition: number) {
  const wait = anAttemptDue({ attempt: 2, deferrals: 1 });
  const { accountId } = wait.request;
  const value = encodeEvent('AttemptDue', wait);
  await kafka.publisher.publish({ topic: TOPICS.delayed, accountId, key: accountId, value, partition });
  return wait;
}

describe('verdicts that may have been forgotten', () => {
  it('are in the window after a look-up: outcomes and waits of its executions, and no others', async () => {
    const from = Date.now() - 10_000;
    const [outcome, wait, other] = [await completed(0), await delayed(0), await completed(0)];
    const [elsewhere, never] = [await completed(1), aWebhookRequested()];
    const window = newWindow();
    const recall = await kafka.run(recallInto(window));
    const requested = [outcome, wait.request, never, elsewhere];
    await Promise.all(requested.map((execution) => recall.lookUp({ execution, partition: 0, from })));
    const known = [...requested, other].map((execution) =>
      window.doneReason(executionKey(execution), FIRST, true),
    );
    expect(known).toEqual(['completed', 'superseded', null, null, null]);
    expect(window.doneReason(executionKey(wait.request), { attempt: 2, deferrals: 1 }, false)).toBeNull();
  });

  it('are read together for all look-ups that arrive during a read', async () => {
    const logs: Record<string, unknown>[] = [];
    const from = Date.now() - 10_000;
    const outcomes = [await completed(0), await completed(1), await completed(0)];
    const recall = await kafka.run(recallInto(newWindow(), logs));
    await Promise.all(outcomes.map((execution, i) => recall.lookUp({ execution, partition: i % 2, from })));
    // The first read covers only the first look-up; the other look-ups wait until it ends.
    expect(logs.map(({ executions }) => executions)).toEqual([1, 2]);
  });

  it('are ignored if they were appended before the start of the look-up’s range', async () => {
    const outcome = await completed(0);
    const window = newWindow();
    const recall = await kafka.run(recallInto(window));
    await recall.lookUp({ execution: outcome, partition: 0, from: Date.now() + 60_000 });
    expect(window.size).toBe(0);
  });

  it('are awaited while Kafka cannot be reached, until a stop', async () => {
    const failed = Promise.withResolvers<void>();
    const write = (): void => failed.resolve();
    const logger = createLogger('test', 'error', { write });
    // Nothing listens on this port.
    const away = createKafkaClient(
      { logger: createLogger('test', 'silent') },
      { brokers: ['127.0.0.1:9'], prefix: kafka.prefix, partitions: 2, clientId: 'away' },
    );
    const recall = new Recall({ client: away, registry, window: newWindow(), logger, now: Date.now });
    const answered = recall.lookUp({ execution: aWebhookRequested(), partition: 0, from: 0 });
    const refused = answered.catch((error: unknown) => String(error));
    await failed.promise;
    await recall.stop();
    expect(await refused).toMatch(/stopping/);
    await expect(recall.lookUp({ execution: aWebhookRequested(), partition: 0, from: 0 })).rejects.toThrow(
      /stopping/,
    );
  });
});
