import { deadLetterId } from '../contracts/dead-letter-id.ts';
import {
  DEAD_LETTER_REASONS,
  type DeadLetterReason,
  undecodableReason,
} from '../contracts/dead-letter-reasons.ts';
import { DecodeError } from '../contracts/event-codec.ts';
import type { DeadLetter } from '../contracts/events.ts';
import { TOPICS } from '../contracts/topics.ts';
import type { Component } from '../runtime/lifecycle.ts';
import { LineLimit } from '../runtime/line-limit.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Counter, Metrics } from '../runtime/metrics.ts';
import type { ConsumedRecord } from '../kafka/consume/consumed-record.ts';
import { deadLetterOf, deadLetterRecord, type SetAsideCause } from './dead-letter-record.ts';
import { PublisherStoppedError, type OutgoingRecord } from '../kafka/publish/publisher.ts';

interface DeadLettersDeps {
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
  metrics: Metrics;
  logger: Logger;
  /** Returns the current time, epoch ms. */
  now: () => number;
}

interface DeadLettersOptions {
  /** Length in ms of the interval in which at most one line is logged for each reason. */
  logEveryMs: number;
}

/** A log line that is held back until the next interval. */
interface HeldLine {
  letter: DeadLetter;
  thrown: unknown;
  timer: NodeJS.Timeout;
}

/**
 * Sets records aside. All code that does so uses this class, so that no record is lost silently: it publishes
 * the dead letter of the record, counts it by topic and reason, and logs a warning. At most one line per second and
 * reason is logged. Each line includes the number of records suppressed since the previous line, and the last record of
 * a flood is always logged.
 */
export class DeadLetters implements Component {
  readonly name = 'dead letters';
  readonly #deps: DeadLettersDeps;
  readonly #count: Counter<'topic' | 'reason'>;
  readonly #limit: LineLimit<DeadLetterReason>;
  readonly #held = new Map<DeadLetterReason, HeldLine>();

  constructor(deps: DeadLettersDeps, options: DeadLettersOptions = { logEveryMs: 1_000 }) {
    this.#deps = deps;
    this.#limit = new LineLimit({ everyMs: options.logEveryMs });
    this.#count = deps.metrics.counter(
      'hookline_dead_letters_total',
      'Records set aside as dead letters, by topic and reason',
      ['topic', 'reason'],
    );
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  /** Writes the log lines that are held back. */
  stop(): Promise<void> {
    for (const reason of this.#held.keys()) this.#release(reason);
    return Promise.resolve();
  }

  /**
   * Publishes the dead letter of a record; resolves once Kafka has stored it.
   * @throws PublisherStoppedError if the process stops first; the record will be read again
   * @throws Error for a record of the dead-letter topic, which would otherwise be read and set aside again forever
   */
  async setAside(record: ConsumedRecord, cause: SetAsideCause): Promise<void> {
    if (record.topic === TOPICS.deadLetter)
      throw new Error('cannot set a dead letter aside: it would be read and set aside again forever');
    const letter = deadLetterOf(record, cause, this.#deps.now());
    await this.#deps.publisher.publish(deadLetterRecord(letter));
    this.#count.inc({ topic: letter.topic, reason: cause.reason });
    this.#report(cause.reason, letter, cause.thrown);
  }

  /** Sets a record aside on behalf of a view, without waiting; logs an error if the dead letter cannot be published. */
  setAsideSoon(record: ConsumedRecord, cause: SetAsideCause): void {
    this.setAside(record, cause).catch((error: unknown) => {
      // Nothing is lost, because at the next start the view reads its topics from the beginning, including this record.
      if (error instanceof PublisherStoppedError) return;
      const { topic, partition, offset } = record;
      this.#deps.logger.error(
        { err: error, topic: topic.name, partition, offset },
        'could not publish a dead letter; the next start reads the record again',
      );
    });
  }

  #report(reason: DeadLetterReason, letter: DeadLetter, thrown: unknown): void {
    const now = this.#deps.now();
    const suppressed = this.#limit.pass(reason, now);
    if (suppressed !== null) {
      this.#forget(reason);
      return this.#write(reason, letter, { thrown, suppressed });
    }
    const timer =
      this.#held.get(reason)?.timer ??
      setTimeout(() => this.#release(reason), this.#limit.waitMs(reason, now)).unref();
    this.#held.set(reason, { letter, thrown, timer });
  }

  /** Writes the line that is held back, with the number of other records suppressed since the previous line. */
  #release(reason: DeadLetterReason): void {
    const held = this.#forget(reason);
    if (!held) return;
    const suppressed = this.#limit.release(reason, this.#deps.now()) - 1;
    this.#write(reason, held.letter, { thrown: held.thrown, suppressed });
  }

  #forget(reason: DeadLetterReason): HeldLine | undefined {
    const held = this.#held.get(reason);
    clearTimeout(held?.timer);
    this.#held.delete(reason);
    return held;
  }

  #write(
    reason: DeadLetterReason,
    letter: DeadLetter,
    { thrown, suppressed }: { thrown: unknown; suppressed: number },
  ): void {
    const { topic, partition, offset, error, accountId, executionId } = letter;
    const place = { topic, partition, offset, deadLetterId: deadLetterId(letter) };
    const execution = executionId === null ? {} : { accountId, executionId };
    this.#deps.logger.warn(
      {
        ...place,
        ...execution,
        reason,
        error,
        todo: DEAD_LETTER_REASONS[reason],
        suppressed,
        ...(thrown === undefined ? {} : { err: thrown }),
      },
      'record set aside as a dead letter; the records after it are processed',
    );
  }
}

/** Returns the cause for a record that could not be decoded; `error` is a DecodeError unless there is a bug. */
export function undecodableCause(error: unknown): SetAsideCause {
  if (error instanceof DecodeError) return { reason: undecodableReason(error), error: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { reason: 'processing_failed', error: `could not be processed: ${message}`, thrown: error };
}
