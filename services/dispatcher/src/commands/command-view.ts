import type { ExecutionCommand } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import { undecodableCause } from '@hookline/shared/dead-letters/dead-letters';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createTailConsumer } from '@hookline/shared/kafka/consume/tail-consumer';
import { whenDecoded } from '@hookline/shared/kafka/consume/when-decoded';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import { LineLimit } from '@hookline/shared/runtime/line-limit';
import type { Logger } from '@hookline/shared/runtime/logger';
import { CancelledExecutions } from './cancelled-executions.ts';

/** Position of a command in `webhook.commands`. */
export type CommandPlace = Pick<ConsumedRecord, 'partition' | 'offset'>;

/**
 * Cancellations from `webhook.commands`: the topic is read to its end before work starts, and then followed. Each
 * cancellation is remembered until it expires.
 */
export interface CommandView extends Component {
  isCancelled(execution: ExecutionIdentity): boolean;
  /** Returns the offset of the first command that itself ends the execution; null if there is none. */
  endedBy(execution: ExecutionIdentity): number | null;
  /**
   * Calls `onCancel` if a cancellation arrives during the watch.
   * @returns a function that ends the watch
   */
  watch(execution: ExecutionIdentity, onCancel: () => void): () => void;
  /** Calls `listener` with each execution that is cancelled from now on. */
  onCancel(listener: (execution: ExecutionIdentity) => void): void;
  /**
   * Records a command that the owner of its partition processes, because the owner may read it before this view does.
   */
  note(command: ExecutionCommand, place: CommandPlace): void;
}

interface CommandViewDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  deadLetters: { setAsideSoon(record: ConsumedRecord, cause: SetAsideCause): void };
  logger: Logger;
  now: () => number;
}

const LOG_EVERY_MS = 60_000;

export function createCommandView(deps: CommandViewDeps): CommandView {
  const { client, logger, now } = deps;
  const cancelled = new CancelledExecutions();
  const lines = new LineLimit<'no room'>({ everyMs: LOG_EVERY_MS });
  const listeners: ((execution: ExecutionIdentity) => void)[] = [];

  const follow = (record: ConsumedRecord): void => {
    // Every dispatcher reads every command and dead-letters an undecodable one; these dead letters have the same id, so
    // only one of them is stored.
    const fail = (error: unknown): void => deps.deadLetters.setAsideSoon(record, undecodableCause(error));
    const apply = (command: ExecutionCommand): void => note(command, record);
    void whenDecoded(deps.registry, 'ExecutionCommand', record, { apply, fail });
  };

  const note = (command: ExecutionCommand, { partition, offset }: CommandPlace): void => {
    // Resets are processed by the owner of the partition, and unknown kinds only by a newer release.
    if (command.kind !== 'cancel') return;
    const endsAt = endsExecution(command, partition, client) ? offset : null;
    if (!cancelled.add(command, { expiresAt: command.expiresAt, endsAt }, now())) {
      logIgnored(command);
      return;
    }
    for (const listener of listeners) listener(command);
  };

  const logIgnored = ({ accountId, executionId }: ExecutionCommand): void => {
    const suppressed = lines.pass('no room', now());
    if (suppressed === null) return;
    logger.warn(
      { accountId, executionId, suppressed },
      'a cancellation is ignored because its account already has too many; the execution continues unless it is cancelled through the REST API',
    );
  };

  return {
    ...createTailConsumer({ client, onRecord: follow }, { topics: [TOPICS.commands], from: 'beginning' }),
    name: 'command view',
    isCancelled: (execution) => cancelled.has(execution, now()),
    endedBy: (execution) => cancelled.endsAt(execution, now()),
    watch: (execution, onCancel) => cancelled.watch(execution, onCancel),
    onCancel: (listener) => void listeners.push(listener),
    note,
  };
}

/**
 * Returns whether a command itself ends its execution, wherever the execution waits. A command that another producer
 * put into the wrong partition does not, because the owner of the account never processes that command.
 */
export function endsExecution(
  { kind, execution, accountId }: ExecutionCommand,
  partition: number,
  { partitions }: { partitions: number },
): boolean {
  return kind === 'cancel' && execution !== null && partition === accountPartition(accountId, partitions);
}
