import type { ExecutionCommand } from '@hookline/shared/contracts/events';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import { undecodableCause } from '@hookline/shared/dead-letters/dead-letters';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createTailConsumer } from '@hookline/shared/kafka/consume/tail-consumer';
import { whenDecoded } from '@hookline/shared/kafka/consume/when-decoded';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import { CancelledExecutions } from './cancelled-executions.ts';

/** Commands about executions: read to the end before work starts, then followed, and remembered until they expire. */
export interface CommandView extends Component {
  isCancelled(execution: ExecutionIdentity): boolean;
  /**
   * Calls `onCancel` if a cancellation arrives during the watch.
   * @returns a function that ends the watch
   */
  watch(execution: ExecutionIdentity, onCancel: () => void): () => void;
  /** Calls `listener` with each execution that is cancelled from now on. */
  onCancel(listener: (execution: ExecutionIdentity) => void): void;
}

interface CommandViewDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  deadLetters: { setAsideSoon(record: ConsumedRecord, cause: SetAsideCause): void };
  now: () => number;
}

export function createCommandView(deps: CommandViewDeps): CommandView {
  const cancelled = new CancelledExecutions();
  let listener: (execution: ExecutionIdentity) => void = () => undefined;

  const follow = (record: ConsumedRecord): void => {
    // Every dispatcher reads every command and sets it aside, with the same dead-letter id.
    const fail = (error: unknown): void => deps.deadLetters.setAsideSoon(record, undecodableCause(error));
    void whenDecoded(deps.registry, 'ExecutionCommand', record, { apply, fail });
  };

  const apply = (command: ExecutionCommand): void => {
    // Ignores kinds that only a newer build knows.
    if (command.kind !== 'cancel') return;
    cancelled.add(executionKey(command), command.expiresAt, deps.now());
    listener(command);
  };

  return {
    ...createTailConsumer(
      { client: deps.client, onRecord: follow },
      { topics: [TOPICS.commands], from: 'beginning' },
    ),
    name: 'command view',
    isCancelled: (execution) => cancelled.has(executionKey(execution), deps.now()),
    watch: (execution, onCancel) => cancelled.watch(executionKey(execution), onCancel),
    onCancel: (added) => void (listener = added),
  };
}
