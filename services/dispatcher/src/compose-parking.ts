import { parseExecutionKey } from '@hookline/shared/contracts/execution-identity';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { readRanges } from '@hookline/shared/kafka/consume/read-range';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import type { Publisher } from '@hookline/shared/kafka/publish/publisher';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { CommandView } from './commands/command-view.ts';
import type { DefinitionView } from './definitions/definition-view.ts';
import { createMoveToDue } from './parked/move-to-due.ts';
import { PARKED_CAPACITY, ParkedAttempts } from './parked/parked-attempts.ts';
import { createParkedView } from './parked/parked-view.ts';
import { ReleaseParked } from './parked/release-parked.ts';

interface ParkingDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  publisher: Pick<Publisher, 'publish'>;
  deadLetters: { setAside(record: ConsumedRecord, cause: SetAsideCause): Promise<void> };
  definitions: Pick<DefinitionView, 'definition' | 'settings' | 'onChange'>;
  commands: Pick<CommandView, 'isCancelled' | 'onCancel'>;
  /** Returns the numbers of the partitions whose records this process handles. */
  held: () => readonly number[];
  logger: Logger;
  now: () => number;
}

interface ParkingSide {
  parked: ParkedAttempts;
  /** Follows `webhook.parked`; starts before the consumer. */
  view: Component;
  /** Stops before the consumer drains. */
  release: Component;
}

/** Builds the index of parked attempts, the component that fills it and the component that releases the attempts. */
export function composeParking(deps: ParkingDeps): ParkingSide {
  const { client, definitions, commands, held: heldPartitions, now } = deps;
  const parked = new ParkedAttempts(PARKED_CAPACITY, now());
  const read: Parameters<typeof createMoveToDue>[0]['read'] = (range, onRecord) =>
    readRanges({ client, onRecord }, [range]);
  const move = createMoveToDue({ ...deps, parked, read });
  const logger = deps.logger.child({ part: 'parking' });
  const isCancelled = (execution: string): boolean => commands.isCancelled(parseExecutionKey(execution));
  const release = new ReleaseParked({ ...deps, parked, heldPartitions, move, isCancelled, logger });
  definitions.onChange((accountId, actionId) => release.changed(accountId, actionId));
  commands.onCancel((execution) => release.hurry(execution));
  const view = createParkedView({
    client,
    parked,
    onAdded: (added) => release.added(added),
    onLoaded: () => release.loaded(),
    logger,
  });
  return { parked, view, release };
}
