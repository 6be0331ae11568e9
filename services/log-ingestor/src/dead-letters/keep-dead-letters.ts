import { DAY_MS } from '@hookline/database/partition-days';
import { DecodeError } from '@hookline/shared/contracts/event-codec';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { LineLimit } from '@hookline/shared/runtime/line-limit';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Counter } from '@hookline/shared/runtime/metrics';
import type { EventDecoder } from '../ingest/decode-record.ts';
import type { IngestOutcome } from '../ingest/ingest-metrics.ts';
import { storeByHalves } from '../ingest/store-by-halves.ts';
import { keptBytes, type NewDeadLetterRow, rowOfDeadLetter } from './dead-letter-row.ts';
import type { DeadLetterWriter } from './pg-dead-letter-writer.ts';
import { type DeadLetterUsage, fitIn } from './room.ts';

interface KeepDeadLettersDeps {
  decoder: EventDecoder;
  writer: DeadLetterWriter;
  metrics: { records: Counter<'topic' | 'outcome'> };
  logger: Logger;
  /** Epoch ms. */
  now: () => number;
}

/** Minimum time between two counts of the usage, in ms; in between, rows written by this process are added to it. */
const COUNT_EVERY_MS = 10_000;
const LOG_EVERY_MS = 1_000;

/**
 * Stores the records of `webhook.dead-letter`, so that the API can list them. A record that cannot be read or stored,
 * or for which there is no room, is logged, counted and skipped, because dead-lettering it would return it to this
 * topic forever. The record remains in the topic.
 */
export class KeepDeadLetters {
  readonly #deps: KeepDeadLettersDeps;
  readonly #historyMs: number;
  readonly #lines = new LineLimit<IngestOutcome>({ everyMs: LOG_EVERY_MS });
  #usage: DeadLetterUsage = { rows: 0, bytes: 0 };
  #countedAt = -Infinity;

  constructor(deps: KeepDeadLettersDeps, { historyDays }: { historyDays: number }) {
    this.#deps = deps;
    this.#historyMs = historyDays * DAY_MS;
  }

  /**
   * Resolves once every record that can be stored is stored; rejects while the store is unavailable, and the call can
   * then be repeated.
   */
  async keep(records: readonly ConsumedRecord[]): Promise<void> {
    const { writer, now, logger } = this.#deps;
    const read = await Promise.all(records.map((record) => this.#read(record)));
    const rows = read.filter((row) => row !== null);
    const kept = rows.filter(({ failedAt }) => failedAt >= now() - this.#historyMs);
    this.#count('expired', rows.length - kept.length);

    const { fitting, leftOut } = fitIn(kept, await this.#used());
    if (leftOut > 0) {
      this.#count('over_quota', leftOut);
      this.#warn(
        'over_quota',
        { leftOut },
        'no room for dead letters, so they are skipped; read them in the topic webhook.dead-letter',
      );
    }
    const { stored, refused } = await storeByHalves(fitting, (part) => writer.write(part));
    for (const { item, error } of refused) this.#skip(item, error.message);
    this.#count('stored', stored.length);
    this.#count('unstorable', refused.length);
    this.#usage = {
      rows: this.#usage.rows + stored.length,
      bytes: this.#usage.bytes + stored.reduce((sum, row) => sum + keptBytes(row), 0),
    };
    logger.debug({ records: records.length, stored: stored.length }, 'dead letters stored');
  }

  async #read(record: ConsumedRecord): Promise<NewDeadLetterRow | null> {
    try {
      const letter = await this.#deps.decoder.decode('DeadLetter', record.value ?? Buffer.alloc(0));
      return rowOfDeadLetter(letter, record);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#count('unstorable', 1);
      this.#skip(record, error.message);
      return null;
    }
  }

  async #used(): Promise<DeadLetterUsage> {
    const now = this.#deps.now();
    if (now - this.#countedAt >= COUNT_EVERY_MS) {
      this.#usage = await this.#deps.writer.usage();
      this.#countedAt = now;
    }
    return this.#usage;
  }

  #skip({ partition, offset }: Pick<ConsumedRecord, 'partition' | 'offset'>, error: string): void {
    const message = 'a dead letter cannot be stored and is skipped; read it in the topic webhook.dead-letter';
    this.#warn('unstorable', { partition, offset, error }, message);
  }

  #warn(outcome: IngestOutcome, fields: object, message: string): void {
    const suppressed = this.#lines.pass(outcome, this.#deps.now());
    if (suppressed !== null) this.#deps.logger.warn({ ...fields, suppressed }, message);
  }

  #count(outcome: IngestOutcome, records: number): void {
    if (records > 0) this.#deps.metrics.records.inc({ topic: TOPICS.deadLetter.name, outcome }, records);
  }
}
