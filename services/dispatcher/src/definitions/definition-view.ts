import type {
  AccountKey,
  AccountSettings,
  EventName,
  Events,
  WebhookDefinition,
} from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import { undecodableCause } from '@hookline/shared/dead-letters/dead-letters';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createTailConsumer } from '@hookline/shared/kafka/consume/tail-consumer';
import { whenDecoded } from '@hookline/shared/kafka/consume/when-decoded';
import { collectGarbage } from '@hookline/shared/runtime/collect-garbage';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { type Bounded, boundDefinition, boundSettings } from './bound-numbers.ts';
import { type DefinitionLevels, DefinitionStore } from './definition-store.ts';

/**
 * Configuration published by config-api, in memory: read to the end before the first request is processed, then
 * followed.
 */
export interface DefinitionView extends Component {
  /** Newest version of an action's definition, even if it is deleted; undefined if it is unknown or was removed. */
  definition(actionId: string): WebhookDefinition | undefined;
  settings(accountId: string): AccountSettings | undefined;
  /** Ids of all accounts with settings; every account gets settings when it is created. */
  accountIds(): string[];
  accountKey(accountId: string, dekId: string): AccountKey | undefined;
  /**
   * Sets the only listener. It is called with the account and the action when a version of a definition arrives, and
   * with the account and null when settings of the account arrive; it is not called when either is removed.
   */
  onChange(listener: (accountId: string, actionId: string | null) => void): void;
  /** Current contents, for metrics. */
  levels(): DefinitionLevels;
}

interface DefinitionViewDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  deadLetters: { setAsideSoon(record: ConsumedRecord, cause: SetAsideCause): void };
  logger: Logger;
}

interface DefinitionViewOptions {
  /** Maximum size of the definitions kept decoded and compiled, in bytes. */
  cacheBytes: number;
}

/**
 * Bytes of packed definitions above which garbage is collected after the first read, because reading them has allocated
 * several times as much memory, which would otherwise not be freed until the process is idle.
 */
const MUCH_READ_BYTES = 4_194_304;

export function createDefinitionView(
  deps: DefinitionViewDeps,
  { cacheBytes }: DefinitionViewOptions,
): DefinitionView {
  const definitions = new DefinitionStore({ maxBytes: cacheBytes });
  const keys = new Map<string, AccountKey>();
  const settings = new Map<string, AccountSettings>();
  const bounded = boundedBy(deps.logger);
  let changed: (accountId: string, actionId: string | null) => void = () => undefined;

  const follow = (record: ConsumedRecord): void => {
    const key = record.key?.toString() ?? '';
    if (record.topic === TOPICS.definitions) {
      if (!record.value) definitions.remove(key);
      else read('WebhookDefinition', record, (value) => keepDefinition(value, record));
    } else if (record.topic === TOPICS.accountKeys) {
      if (!record.value) keys.delete(key);
      else read('AccountKey', record, (value) => void keys.set(`${value.accountId}:${value.dekId}`, value));
    } else {
      if (!record.value) settings.delete(key);
      else read('AccountSettings', record, (value) => keepSettings(value, record));
    }
  };
  const keepDefinition = (value: WebhookDefinition, record: ConsumedRecord): void => {
    const inRange = bounded(boundDefinition(value), record);
    definitions.put(inRange, inRange === value ? record.value : null);
    changed(value.accountId, value.actionId);
  };
  const keepSettings = (value: AccountSettings, record: ConsumedRecord): void => {
    settings.set(value.accountId, bounded(boundSettings(value), record));
    changed(value.accountId, null);
  };

  const read = <N extends EventName>(
    event: N,
    record: ConsumedRecord,
    apply: (value: Events[N]) => void,
  ): void => {
    // The earlier record of this key stays in force. Every dispatcher dead-letters the unreadable record at every
    // start, always with the same id, so that it is stored only once.
    const fail = (error: unknown): void => deps.deadLetters.setAsideSoon(record, undecodableCause(error));
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
    onChange: (listener) => void (changed = listener),
    levels: () => definitions.levels,
  };
}

/** Returns a function that logs the problems of a bounded record and returns its value. */
function boundedBy(logger: Logger) {
  return <T extends { accountId: string }>({ value, problems }: Bounded<T>, record: ConsumedRecord): T => {
    if (problems.length > 0) {
      const { topic, partition, offset } = record;
      logger.warn(
        { accountId: value.accountId, topic: topic.name, partition, offset, problems },
        'a configuration record has invalid values; using the nearest valid values or the defaults until the webhook or the account settings are saved again',
      );
    }
    return value;
  };
}
