import type { ExecutionCommand } from '@hookline/shared/contracts/events';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consumed-record';
import { deadLetterRecord } from '@hookline/shared/kafka/dead-letter';
import type { KafkaClient } from '@hookline/shared/kafka/kafka-client';
import type { Publisher } from '@hookline/shared/kafka/publisher';
import type { SchemaRegistry } from '@hookline/shared/kafka/schema-registry';
import { createTailConsumer } from '@hookline/shared/kafka/tail-consumer';
import { whenDecoded } from '@hookline/shared/kafka/when-decoded';
import type { Part } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { CancelledExecutions } from './cancelled-executions.ts';

/** Orders about executions: read to the end before work is taken, then followed, remembered until they expire. */
export interface CommandView extends Part {
  isCancelled(execution: ExecutionIdentity): boolean;
  /**
   * Calls `onCancel` if a cancel arrives while somebody watches.
   * @returns ends the watch
   */
  watch(execution: ExecutionIdentity, onCancel: () => void): () => void;
}

export interface CommandViewDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  publisher: Publisher;
  logger: Logger;
  now: () => number;
}

export function createCommandView(deps: CommandViewDeps): CommandView {
  const cancelled = new CancelledExecutions();

  const follow = (record: ConsumedRecord): void => {
    const fail = (error: unknown): void => report(record, error);
    void whenDecoded(deps.registry, 'ExecutionCommand', record, { apply, fail });
  };

  const apply = (command: ExecutionCommand): void => {
    // Kinds that a newer build may know are not ours to guess at.
    if (command.kind === 'cancel') cancelled.add(executionKey(command), command.expiresAt, deps.now());
  };

  /** Every dispatcher reads every command, and each sets it aside: the letter's key is the same. */
  const report = (record: ConsumedRecord, error: unknown): void => {
    const { topic, partition, offset } = record;
    const reason = error instanceof Error ? error.message : String(error);
    deps.logger.error({ topic: topic.name, partition, offset, reason }, 'unreadable command set aside');
    deps.publisher.publish(deadLetterRecord(record, reason, deps.now())).catch((cause: unknown) => {
      deps.logger.error({ err: cause, topic: topic.name, partition, offset }, 'dead letter not written');
    });
  };

  return {
    ...createTailConsumer(
      { client: deps.client, onRecord: follow },
      { topics: [TOPICS.commands], from: 'beginning' },
    ),
    name: 'command view',
    isCancelled: (execution) => cancelled.has(executionKey(execution), deps.now()),
    watch: (execution, onCancel) => cancelled.watch(executionKey(execution), onCancel),
  };
}
