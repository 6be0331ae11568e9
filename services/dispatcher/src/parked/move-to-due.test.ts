import { beforeEach, expect, it } from '@jest/globals';
import { decodeEvent, encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue } from '@hookline/shared/contracts/events';
import { parseParkingKey } from '@hookline/shared/contracts/parked-attempts';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { Range } from '@hookline/shared/kafka/consume/read-range';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import { anAttemptDue } from '@hookline/testkit/builders';
import { indexedParking, parkedRecord, parkedUntil } from '../attempt/parking.ts';
import { createMoveToDue, type MoveToDue } from './move-to-due.ts';
import { type ParkedAttempt, ParkedAttempts } from './parked-attempts.ts';

/** Records are read from one array and published to another array; kill-points-of-acting.test.ts uses a real broker. */

const NOW = Date.now();

let topic: ConsumedRecord[];
let parked: ParkedAttempts;
let published: OutgoingRecord[];
let setAside: SetAsideCause[];
let ranges: Range[];
let move: MoveToDue;

beforeEach(() => {
  [topic, published, setAside, ranges] = [[], [], [], []];
  parked = new ParkedAttempts({ records: 100, bytes: 1e6, firstBytes: 0 }, NOW);
  move = createMoveToDue({
    parked,
    read: (range, onRecord) => {
      ranges.push(range);
      topic.forEach(onRecord);
      return Promise.resolve();
    },
    registry: { decode: (event, bytes) => Promise.resolve().then(() => decodeEvent(event, bytes)) },
    publisher: { publish: (record) => Promise.resolve(published.push(record)) },
    deadLetters: { setAside: (_, cause) => Promise.resolve(void setAside.push(cause)) },
    now: () => NOW,
  });
});

function park(event: AttemptDue, offset: number, value = encodeEvent('AttemptDue', event)): ParkedAttempt {
  const { key, headers } = parkedRecord(event);
  const position = { topic: TOPICS.parked, partition: 2, offset, appendedAt: NOW };
  const record = { ...position, key: Buffer.from(key), headers: { ...headers, traceparent: '00-1' }, value };
  topic.push(record);
  const parking = parseParkingKey(key);
  if (!parking) throw new Error(`not a key: ${key}`);
  const { actionId, accountId } = event.request;
  const news = { ...indexedParking(parking), accountId, actionId, expiresAt: parkedUntil(record) };
  return parked.add(news, record);
}

const waiting = (changes: Partial<AttemptDue> = {}): AttemptDue =>
  anAttemptDue({ reason: 'paused', deferrals: 1, expiresAt: NOW + 60_000, dueAt: NOW + 60_000, ...changes });

it('a move publishes attempts unchanged except for their due time, and then removes them from the topic', async () => {
  const [first, second] = [waiting(), waiting()];
  const attempts = [park(first, 3), park(waiting(), 4), park(second, 7)].filter((one) => one.offset !== 4);
  await move({ partition: 2, attempts, dueAt: () => NOW });
  expect(ranges).toMatchObject([{ topic: TOPICS.parked, partition: 2, fromOffset: 3, toOffset: 8 }]);
  const due = published.filter((record) => record.topic === TOPICS.due);
  expect(due.map(({ value }) => value && decodeEvent('AttemptDue', value))).toEqual([
    { ...first, dueAt: NOW },
    { ...second, dueAt: NOW },
  ]);
  expect(due.map(({ headers }) => headers)).toEqual([{ traceparent: '00-1' }, { traceparent: '00-1' }]);
  expect(
    published.slice(2).map(({ topic, key, value, partition }) => [topic, String(key), value, partition]),
  ).toEqual([first, second].map((event) => [TOPICS.parked, parkedRecord(event).key, null, 2]));
  expect(parked.size).toBe(1);
});

it('a move publishes an expired attempt with its expiry as its due time', async () => {
  const attempt = park(waiting({ expiresAt: NOW - 5_000 }), 1);
  await move({ partition: 2, attempts: [attempt], dueAt: () => NOW });
  const [{ value } = { value: null }] = published;
  expect(value && decodeEvent('AttemptDue', value).dueAt).toBe(NOW - 5_000);
});

it('a move dead-letters records that cannot be decoded, and forgets attempts whose records are gone', async () => {
  const unreadable = park(waiting(), 1, Buffer.from('nonsense'));
  const gone = park(waiting(), 2);
  topic.pop();
  await move({ partition: 2, attempts: [unreadable, gone], dueAt: () => NOW });
  expect([setAside.length, parked.size]).toEqual([1, 0]);
  expect(published.map((record) => [record.topic, record.value])).toEqual([[TOPICS.parked, null]]);
});

it.each(['not json', '{}', '[1,2,3,4]', '["account"]'])('parseParkingKey rejects the key %s', (key) => {
  expect(parseParkingKey(key)).toBeNull();
});
