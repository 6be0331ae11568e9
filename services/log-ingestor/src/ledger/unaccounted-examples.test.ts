import { expect, test } from '@jest/globals';
import { decodeEvent, encodeEvent } from '@hookline/shared/contracts/event-codec';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { createLogger } from '@hookline/shared/runtime/logger';
import { aWebhookRequested } from '@hookline/testkit/builders';
import type { HeldPartition } from './held-partitions.ts';
import { LedgerPartition } from './ledger-partition.ts';
import { stepNumber } from './ledger-record.ts';
import { STAGE_INDEX, STAGES } from './stages.ts';
import { UnaccountedExamples } from './unaccounted-examples.ts';

const AT = 1_000_000_000;
const REQUEST = aWebhookRequested();
const RECORD: ConsumedRecord = {
  topic: TOPICS.requested,
  partition: 4,
  offset: 7,
  key: Buffer.from(REQUEST.accountId),
  value: encodeEvent('WebhookRequested', REQUEST),
  headers: {},
  appendedAt: AT,
};

/** A partition with one unaccounted execution, whose last record is RECORD. */
function heldPartition(): HeldPartition {
  const ledger = new LedgerPartition({ maxClosed: 10, maxDead: 10, seed: 7, from: AT - 1 });
  ledger.apply({
    kind: 'step',
    id: { high: 1, low: 2 },
    place: { stage: STAGE_INDEX.get(TOPICS.requested.name) ?? NaN, offset: RECORD.offset },
    accountId: REQUEST.accountId,
    appendedAt: AT,
    step: stepNumber(1, 0),
    startedAt: AT,
    reason: 1,
    isMisrouted: false,
  });
  const passed = STAGES.map(() => 100);
  ledger.hasPassed(passed);
  ledger.settlePassed(passed, () => 'not_followed');
  return { partition: RECORD.partition, ledger, savedAt: 0, savedBytes: 0, savedSum: null };
}

test('the id of an example is read again five minutes after its record could not be read', async () => {
  let now = AT;
  let reads = 0;
  const lines: string[] = [];
  const answers = [() => Promise.reject(new Error('Kafka is away')), () => Promise.resolve(null)];
  const examples = new UnaccountedExamples({
    readRecord: () => answers[reads++]?.() ?? Promise.resolve(RECORD),
    decoder: { decode: (event, bytes) => Promise.resolve(decodeEvent(event, bytes)) },
    logger: createLogger('test', 'warn', { write: (line) => void lines.push(line) }),
    now: () => now,
  });
  const held = heldPartition();
  const idAt = async (time: number): Promise<string | null | undefined> => {
    now = time;
    examples.of(held);
    await examples.idle();
    return examples.of(held)[0]?.execution_id;
  };
  expect([await idAt(AT), await idAt(AT + 299_999), reads]).toEqual([null, null, 1]);
  expect([await idAt(AT + 300_000), await idAt(AT + 599_999), reads]).toEqual([null, null, 2]);
  expect([await idAt(AT + 600_000), await idAt(AT + 900_000), reads]).toEqual([
    REQUEST.executionId,
    REQUEST.executionId,
    3,
  ]);
  expect(lines).toHaveLength(1);
});
