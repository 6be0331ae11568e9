/** Sets records aside on a real broker and checks what is published, counted and logged. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { type IsolatedTopics, isolatedTopics } from '@hookline/testkit/isolated-topics';
import { deadLetterId } from '../contracts/dead-letter-id.ts';
import { DEAD_LETTER_REASONS, type DeadLetterReason } from '../contracts/dead-letter-reasons.ts';
import { decodeEvent, DecodeError } from '../contracts/event-codec.ts';
import { TOPICS } from '../contracts/topics.ts';
import { createLogger } from '../runtime/logger.ts';
import { createMetrics } from '../runtime/metrics.ts';
import type { ConsumedRecord } from '../kafka/consume/consumed-record.ts';
import { deadLetterOf, deadLetterRecord } from './dead-letter-record.ts';
import { DeadLetters, undecodableCause } from './dead-letters.ts';
import { Publisher } from '../kafka/publish/publisher.ts';
import { createTailConsumer } from '../kafka/consume/tail-consumer.ts';

let topics: IsolatedTopics;
let publisher: Publisher;

beforeAll(async () => {
  topics = await isolatedTopics([TOPICS.deadLetter]);
  publisher = new Publisher({ client: topics.client, metrics: createMetrics('test') });
  await publisher.start();
});

afterAll(async () => {
  await publisher.stop();
  await topics[Symbol.asyncDispose]();
});

const RECORD: ConsumedRecord = {
  topic: TOPICS.requested,
  partition: 1,
  offset: 42,
  key: Buffer.from('account_1'),
  value: Buffer.from('no event'),
  headers: {},
  appendedAt: 1,
};

interface Line {
  level: string;
  msg: string;
  reason: DeadLetterReason;
  offset: number;
  suppressed: number;
}

/** Creates `DeadLetters` with a clock that the test sets. */
function deadLettersAt(clock: { now: number }, { logEveryMs = 1_000 } = {}) {
  const metrics = createMetrics('test');
  const lines = createArrivals<Line>((line) => JSON.stringify(line));
  const logger = createLogger('test', 'info', { write: (line) => lines.add(JSON.parse(line) as Line) });
  const deadLetters = new DeadLetters({ publisher, metrics, logger, now: () => clock.now }, { logEveryMs });
  return { deadLetters, lines, scrape: () => metrics.registry.metrics() };
}

describe('a record that is set aside', () => {
  it('is published unchanged to the same partition number, counted, and logged with its remedy', async () => {
    const { deadLetters, lines, scrape } = deadLettersAt({ now: 7 });
    const execution = { accountId: 'account_1', executionId: 'e1' };
    await deadLetters.setAside(RECORD, { reason: 'undecodable', error: 'not Avro', execution });
    const records: ConsumedRecord[] = [];
    const tail = createTailConsumer(
      { client: topics.client, onRecord: (each) => void records.push(each) },
      { topics: [TOPICS.deadLetter], from: 'beginning' },
    );
    await tail.start();
    await tail.stop();
    expect(records.map(({ key, partition }) => [String(key), partition])).toEqual([
      ['webhook.requested/1/42', 1],
    ]);
    const letter = decodeEvent('DeadLetter', records[0]?.value ?? Buffer.alloc(0));
    expect({ ...letter }).toEqual({
      topic: 'webhook.requested',
      partition: 1,
      offset: 42,
      key: Buffer.from('account_1'),
      value: Buffer.from('no event'),
      valueBytes: 8,
      error: 'not Avro',
      failedAt: 7,
      reason: 'undecodable',
      ...execution,
    });
    expect(lines.all).toEqual([
      {
        level: 'warn',
        time: expect.any(String),
        service: 'test',
        topic: 'webhook.requested',
        partition: 1,
        offset: 42,
        deadLetterId: deadLetterId(letter),
        ...execution,
        reason: 'undecodable',
        error: 'not Avro',
        todo: DEAD_LETTER_REASONS.undecodable,
        suppressed: 0,
        msg: 'record set aside as a dead letter; the records after it are processed',
      },
    ]);
    expect(await scrape()).toMatch(
      /hookline_dead_letters_total\{[^}]*topic="webhook.requested",reason="undecodable"[^}]*\} 1/,
    );
  });

  it('is rejected if it is a dead letter itself', async () => {
    const { deadLetters } = deadLettersAt({ now: 7 });
    const record = { ...RECORD, topic: TOPICS.deadLetter };
    await expect(deadLetters.setAside(record, { reason: 'undecodable', error: 'x' })).rejects.toThrow(
      'cannot set a dead letter aside',
    );
  });

  it.each([
    ['no key and no value', null, null],
    ['the largest value', Buffer.alloc(9), Buffer.alloc(2.5 * 1_048_576)],
    ['the largest key', Buffer.alloc(2.5 * 1_048_576), Buffer.alloc(9)],
    ['a large key and a large value', Buffer.alloc(1.5 * 1_048_576), Buffer.alloc(1.5 * 1_048_576)],
  ])('fits into the dead-letter topic with %s', async (_, key, value) => {
    const cause = { reason: 'too_large', error: '\ud800'.repeat(100_000) } as const;
    const letter = deadLetterOf({ ...RECORD, key, value }, cause, 7);
    await publisher.publish(deadLetterRecord(letter));
    expect(letter.valueBytes).toBe(value?.length ?? 0);
    expect(letter.value?.length).toBe(value === null ? undefined : Math.min(value.length, 1_048_576));
    expect(letter.error).toBe('\ufffd'.repeat(2_000));
  });
});

describe('a flood of dead letters', () => {
  it('is logged as one line per second and reason with the number of suppressed records, and every record is counted', async () => {
    const clock = { now: 10_000 };
    const { deadLetters, lines, scrape } = deadLettersAt(clock);
    const flood = async (reason: DeadLetterReason, from: number, to: number): Promise<void> => {
      for (let offset = from; offset < to; offset++)
        await deadLetters.setAside({ ...RECORD, offset }, { reason, error: 'x' });
    };
    await flood('undecodable', 0, 20);
    await flood('bad_identity', 20, 22);
    clock.now += 1_000;
    await flood('undecodable', 22, 25);
    const shown = lines.all.map(({ reason, offset, suppressed }) => ({ reason, offset, suppressed }));
    expect(shown).toEqual([
      { reason: 'undecodable', offset: 0, suppressed: 0 },
      { reason: 'bad_identity', offset: 20, suppressed: 0 },
      { reason: 'undecodable', offset: 22, suppressed: 19 },
    ]);
    await deadLetters.stop();
    expect(lines.all.slice(3).map(({ reason, offset, suppressed }) => [reason, offset, suppressed])).toEqual([
      ['bad_identity', 21, 0],
      ['undecodable', 24, 1],
    ]);
    expect(await scrape()).toMatch(/reason="undecodable"[^}]*\} 23/);
  });

  it('has its last record logged even if no other record follows', async () => {
    const { deadLetters, lines } = deadLettersAt({ now: 0 }, { logEveryMs: 20 });
    // All are published in one turn of the event loop, so they are acknowledged together before the next line is due.
    const cause = { reason: 'undecodable', error: 'x' } as const;
    await Promise.all([1, 2, 3].map((offset) => deadLetters.setAside({ ...RECORD, offset }, cause)));
    await lines.until((all) => all[1], { wanted: 'the last line', deadlineMs: DEFAULT_DEADLINE_MS });
    expect(lines.all[1]).toMatchObject({ offset: 3, suppressed: 1 });
  });
});

describe('undecodableCause', () => {
  it.each([
    [new DecodeError('unknown_schema', 'publish it'), 'unknown_schema', 'publish it'],
    [new DecodeError('malformed_datum', 'cut off'), 'undecodable', 'cut off'],
    [new TypeError('a bug'), 'processing_failed', 'could not be processed: a bug'],
  ])('turns %s into a reason and an error text', (thrown, reason, error) => {
    expect(undecodableCause(thrown)).toMatchObject({ reason, error });
  });
});
