import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { createSchemaRegistry, type SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createLogger } from '@hookline/shared/runtime/logger';
import { aWebhookCompleted } from '@hookline/testkit/builders';
import { type KafkaFixture, kafkaFixture } from '@hookline/testkit/kafka-fixture';
import { ExecutionWindow } from './execution-window.ts';
import { LateOutcomes } from './late-outcomes.ts';

let kafka: KafkaFixture;
let registry: SchemaRegistry;

beforeAll(async () => {
  kafka = await kafkaFixture([TOPICS.completed]);
  registry = await kafka.run(createSchemaRegistry({ client: kafka.client }));
});

afterAll(async () => kafka[Symbol.asyncDispose]());

/** A window that signals when an outcome is added. */
class ObservedWindow extends ExecutionWindow {
  readonly #waiting = new Map<string, () => void>();

  constructor() {
    super({ maxAgeMs: 60_000, maxExecutions: 1_000 });
  }

  learns(execution: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(execution, resolve);
    return promise;
  }

  override completed(execution: string, now: number): void {
    super.completed(execution, now);
    this.#waiting.get(execution)?.();
  }
}

function outcomes(window: ExecutionWindow): LateOutcomes {
  const logger = createLogger('test', 'silent');
  return new LateOutcomes({ client: kafka.client, registry, window, logger, now: Date.now });
}

async function publish(outcome: WebhookCompleted, partition: number): Promise<void> {
  const value = encodeEvent('WebhookCompleted', outcome);
  const { accountId, executionId: key } = outcome;
  await kafka.publisher.publish({ topic: TOPICS.completed, accountId, key, value, partition });
}

describe('outcomes that earlier owners publish for gained partitions', () => {
  it('are known when they arrive, whether published before or after the partition was gained', async () => {
    const window = new ObservedWindow();
    const late = await kafka.run(outcomes(window));
    const startedAt = Date.now();
    const [before, after] = [aWebhookCompleted(), aWebhookCompleted()];
    const learned = [before, after].map((outcome) => window.learns(executionKey(outcome)));
    await publish(before, 0);
    late.follow(new Set([0]), startedAt - 10_000);
    await learned[0];
    expect([late.has(before), late.has(after)]).toEqual([true, false]);
    await publish(after, 0);
    await learned[1];
    expect(late.has(after)).toBe(true);
    // A copy of the request counts as done.
    expect(window.doneReason(executionKey(after), { attempt: 1, deferrals: 0 }, true)).toBe('completed');
  });

  it('are ignored for executions with known outcomes, other partitions and unreadable requests', async () => {
    const window = new ObservedWindow();
    const late = await kafka.run(outcomes(window));
    const startedAt = Date.now();
    const [own, elsewhere, last] = [aWebhookCompleted(), aWebhookCompleted(), aWebhookCompleted()];
    const unreadable = aWebhookCompleted({ status: 'error', errorType: 'unreadable_request' });
    window.completed(executionKey(own), Date.now());
    const learned = window.learns(executionKey(last));
    await publish(own, 1);
    await publish(elsewhere, 0);
    await publish(unreadable, 1);
    await publish(last, 1);
    late.follow(new Set([1]), startedAt);
    await learned;
    expect([own, elsewhere, unreadable, last].map((outcome) => late.has(outcome))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('are no longer followed after a stop, which does not wait until the three minutes are over', async () => {
    const late = outcomes(new ExecutionWindow({ maxAgeMs: 60_000, maxExecutions: 1_000 }));
    await late.start();
    late.follow(new Set([0, 1]), Date.now());
    await late.stop();
    expect(late.has(aWebhookCompleted())).toBe(false);
  });
});
