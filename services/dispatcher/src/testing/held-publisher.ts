import { EventEmitter, once } from 'node:events';
import { decodeEvent } from '@hookline/shared/contracts/event-codec';
import type { EventName, Events } from '@hookline/shared/contracts/events';
import type { TopicSpec } from '@hookline/shared/contracts/topics';
import type { OutgoingRecord, RecordPosition } from '@hookline/shared/kafka/publish/publisher';
import type { Component } from '@hookline/shared/runtime/lifecycle';

/** A published record, with its value as an event. */
interface SentRecord {
  topic: string;
  event: EventName;
  value: Events[EventName];
  headers: Record<string, string>;
}

/** Withheld acknowledgements of one topic. */
interface HeldTopic {
  /** Resolves when a record has been published to the topic. */
  reached: Promise<unknown>;
  /** Acknowledges the records published so far, and each later record immediately. */
  acknowledge(): void;
}

/** A publisher that writes nowhere; the test decides when its records are acknowledged. */
export class HeldPublisher implements Component {
  readonly name = 'held publisher';
  /** Published records, in the order of publishing. */
  readonly sent: SentRecord[] = [];
  readonly #arrivals = new EventEmitter();
  readonly #held = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, Error>();

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  hold({ name }: TopicSpec): HeldTopic {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.set(name, promise);
    return {
      reached: once(this.#arrivals, name),
      acknowledge: () => {
        this.#held.delete(name);
        resolve();
      },
    };
  }

  /** Rejects the next record of a topic with this error. */
  failNext({ name }: TopicSpec, error: Error): void {
    this.#failures.set(name, error);
  }

  /** Returns the values published to a topic. */
  of<N extends EventName>({ name }: TopicSpec & { event: N }): Events[N][] {
    return this.sent.filter(({ topic }) => topic === name).map(({ value }) => value as Events[N]);
  }

  async publish({ topic, value, headers = {} }: OutgoingRecord): Promise<RecordPosition> {
    const { name, event } = topic;
    if (event === null || value === null) throw new Error(`the record for ${name} contains no event`);
    const failure = this.#failures.get(name);
    this.#failures.delete(name);
    if (failure) throw failure;
    this.sent.push({ topic: name, event, value: decodeEvent(event, value), headers });
    this.#arrivals.emit(name);
    await this.#held.get(name);
    return { topic: name, partition: 0, offset: this.sent.length };
  }
}
