import type {
  AccountKey,
  AccountSettings,
  EventName,
  Events,
  WebhookDefinition,
} from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consumed-record';
import type { KafkaClient } from '@hookline/shared/kafka/kafka-client';
import type { SchemaRegistry } from '@hookline/shared/kafka/schema-registry';
import { createTailConsumer } from '@hookline/shared/kafka/tail-consumer';
import { whenDecoded } from '@hookline/shared/kafka/when-decoded';
import { collectGarbage } from '@hookline/shared/runtime/collect-garbage';
import type { Part } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { SealError } from '@hookline/webhook-call/credentials/seal-error';
import { dataKeyIdOf } from '@hookline/webhook-call/credentials/sealed-value';
import { type DefinitionLevels, DefinitionStore } from './definition-store.ts';

/** What config-api has published, in memory: read to the end before the first request is taken, then followed. */
export interface DefinitionView extends Part {
  /** Newest version of an action, also when deleted; undefined if none was ever seen. */
  definition(actionId: string): WebhookDefinition | undefined;
  settings(accountId: string): AccountSettings | undefined;
  /** All accounts that have settings: each is given some when it is made. */
  accountIds(): string[];
  accountKey(accountId: string, dekId: string): AccountKey | undefined;
  /** Whether the data keys are here that the secrets of a definition were sealed with. */
  keysKnown(definition: WebhookDefinition): boolean;
  /** How much it holds, for metrics. */
  levels(): DefinitionLevels;
}

export interface DefinitionViewDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  logger: Logger;
}

export interface DefinitionViewOptions {
  /** Bound of the definitions kept decoded and compiled, in bytes. */
  cacheBytes: number;
}

/** A start that keeps this much has left several times as much garbage, which would stay until the process is idle. */
const MUCH_READ_BYTES = 4_194_304;

export function createDefinitionView(
  deps: DefinitionViewDeps,
  { cacheBytes }: DefinitionViewOptions,
): DefinitionView {
  const definitions = new DefinitionStore({ maxBytes: cacheBytes });
  const keys = new Map<string, AccountKey>();
  const settings = new Map<string, AccountSettings>();

  const follow = (record: ConsumedRecord): void => {
    const key = record.key?.toString() ?? '';
    if (record.topic === TOPICS.definitions) {
      const { value } = record;
      if (!value) definitions.remove(key);
      else read('WebhookDefinition', record, (definition) => definitions.put(definition, value));
    } else if (record.topic === TOPICS.accountKeys) {
      if (!record.value) keys.delete(key);
      else read('AccountKey', record, (value) => void keys.set(`${value.accountId}:${value.dekId}`, value));
    } else {
      if (!record.value) settings.delete(key);
      else read('AccountSettings', record, (value) => void settings.set(value.accountId, value));
    }
  };

  const read = <N extends EventName>(
    event: N,
    record: ConsumedRecord,
    apply: (value: Events[N]) => void,
  ): void => {
    const fail = (error: unknown): void => {
      const { topic, partition, offset } = record;
      deps.logger.error(
        { err: error, topic: topic.name, partition, offset },
        'unreadable configuration record',
      );
    };
    void whenDecoded(deps.registry, event, record, { apply, fail });
  };

  const accountKey = (accountId: string, dekId: string): AccountKey | undefined =>
    keys.get(`${accountId}:${dekId}`);

  const topics = [TOPICS.definitions, TOPICS.accountKeys, TOPICS.accountSettings];
  const tail = createTailConsumer({ client: deps.client, onRecord: follow }, { topics, from: 'beginning' });
  return {
    ...tail,
    name: 'definition view',
    start: async () => {
      await tail.start();
      if (definitions.levels.packedBytes > MUCH_READ_BYTES) await collectGarbage();
    },
    definition: (actionId) => definitions.get(actionId),
    settings: (accountId) => settings.get(accountId),
    accountIds: () => [...settings.keys()],
    accountKey,
    keysKnown: ({ accountId, auth, signing }) =>
      [...(auth.sealed ? [auth.sealed] : []), ...(signing?.sealedSecrets ?? [])].every((sealed) =>
        keyArrived(sealed, (dekId) => accountKey(accountId, dekId) !== undefined),
      ),
    levels: () => definitions.levels,
  };
}

/** Whether the data key a value names is known; true for bytes that name none, for which no key will ever come. */
function keyArrived(sealed: Buffer, isKnown: (dekId: string) => boolean): boolean {
  try {
    return isKnown(dataKeyIdOf(sealed));
  } catch (error) {
    if (error instanceof SealError) return true;
    throw error;
  }
}
