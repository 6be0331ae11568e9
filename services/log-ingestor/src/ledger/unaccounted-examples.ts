import type { EventName, Events } from '@hookline/shared/contracts/events';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import { partitionKey } from '@hookline/shared/kafka/client/partition-key';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { HeldPartition } from './held-partitions.ts';
import type { UnaccountedExecution } from './ledger-partition.ts';
import type { UnaccountedExample } from './pg-ledger-store.ts';
import { STAGES } from './stages.ts';

interface ExamplesDeps {
  /** Reads one record; null if Kafka has deleted it or does not return it in time. */
  readRecord: (topic: TopicSpec, partition: number, offset: number) => Promise<ConsumedRecord | null>;
  decoder: { decode<N extends EventName>(event: N, bytes: Buffer): Promise<Events[N]> };
  logger: Logger;
  /** Epoch ms. */
  now: () => number;
}

/** An example with its account. */
export interface NamedExample extends UnaccountedExample {
  account_id: string;
}

const MAX_EXAMPLES = 20;
const MAX_IDS = 1_000;
/** Time in ms after which a record that could not be read is read again, because Kafka may have been unavailable. */
const READ_AGAIN_MS = 300_000;

/**
 * Examples of unaccounted executions. The ledger stores only the hash of an execution, so the ids are read from the
 * last records of the executions, one at a time and in the background.
 */
export class UnaccountedExamples {
  readonly #deps: ExamplesDeps;
  /** Execution ids by `placeKey`. */
  readonly #ids = new BoundedMap<string, string>({ maxEntries: MAX_IDS });
  /** Epoch ms from which a record that could not be read may be read again, by `placeKey`. */
  readonly #readAgainAt = new BoundedMap<string, number>({ maxEntries: MAX_IDS });
  #reading: Promise<void> = Promise.resolve();
  #isReading = false;

  constructor(deps: ExamplesDeps) {
    this.#deps = deps;
  }

  /** Returns up to 20 examples of a partition, with the ids that are known so far, and begins to read the next id. */
  of(held: HeldPartition): NamedExample[] {
    const found = held.ledger.unaccounted(MAX_EXAMPLES);
    if (!this.#isReading) this.#readNext(held, found);
    return found.map((execution) => {
      const { stage, offset, since, accountId } = execution;
      return {
        account_id: accountId,
        execution_id: this.#ids.get(placeKey(held, execution)) ?? null,
        topic: STAGES[stage]?.topic.name ?? '',
        partition: held.partition,
        offset,
        since: new Date(since).toISOString(),
      };
    });
  }

  /** Resolves when no record is being read. */
  async idle(): Promise<void> {
    await this.#reading;
  }

  #readNext(held: HeldPartition, found: readonly UnaccountedExecution[]): void {
    const now = this.#deps.now();
    const next = found.find((execution) => {
      const key = placeKey(held, execution);
      return !this.#ids.has(key) && (this.#readAgainAt.get(key) ?? 0) <= now;
    });
    if (!next) return;
    this.#isReading = true;
    this.#reading = this.#readId(held, next).finally(() => (this.#isReading = false));
  }

  async #readId(held: HeldPartition, execution: UnaccountedExecution): Promise<void> {
    const key = placeKey(held, execution);
    const id = await this.#idOf(held, execution);
    if (id === null) {
      this.#readAgainAt.set(key, this.#deps.now() + READ_AGAIN_MS);
      return;
    }
    this.#ids.set(key, id);
    // Marks the account as changed, so that its row is written again, now with the id.
    held.ledger.counts.giveBack([held.ledger.counts.indexOf(execution.accountId)]);
  }

  async #idOf({ partition }: HeldPartition, execution: UnaccountedExecution): Promise<string | null> {
    const { decoder, readRecord, logger } = this.#deps;
    const topic = STAGES[execution.stage]?.topic;
    try {
      const record = topic && (await readRecord(topic, partition, execution.offset));
      const bytes = record?.value;
      if (!bytes) return null;
      if (topic === TOPICS.requested) return (await decoder.decode('WebhookRequested', bytes)).executionId;
      return (await decoder.decode('AttemptDue', bytes)).request.executionId;
    } catch (error) {
      logger.warn(
        { err: error, partition, ...execution },
        'could not read the record of an unaccounted execution; showing it without its id, and reading the record again in five minutes',
      );
      return null;
    }
  }
}

function placeKey({ partition }: HeldPartition, { stage, offset }: UnaccountedExecution): string {
  return `${partitionKey({ topic: String(stage), partition })}/${offset}`;
}
