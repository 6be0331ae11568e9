/** Tests, without a broker, the decisions about records; delay-lanes.test.ts tests the lanes on a real broker. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { decodeEvent, encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue } from '@hookline/shared/contracts/events';
import { LIMITS } from '@hookline/shared/contracts/limits';
import { PARKED_HEADER } from '@hookline/shared/contracts/parked-attempts';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { type OutgoingRecord, RecordTooLargeError } from '@hookline/shared/kafka/publish/publisher';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { anAttemptDue } from '@hookline/testkit/builders';
import { createSchedulerMetrics } from '../scheduler-metrics.ts';
import { createMoveHead } from './move-head.ts';
import { createLadder } from './route.ts';

const NOW = 1_800_000_000_000;
const ladder = createLadder(5_000);
const [shortest] = ladder.lanes;

let published: OutgoingRecord[];
let setAside: { offset: number; cause: SetAsideCause }[];
/** Error that each read of a record throws. */
let failure: Error | undefined;
let publish: (record: OutgoingRecord) => Promise<void>;
let metrics: ReturnType<typeof createMetrics>;
let moveHead: ReturnType<typeof createMoveHead>;

beforeEach(() => {
  published = [];
  setAside = [];
  failure = undefined;
  publish = () => Promise.resolve();
  metrics = createMetrics('test');
  moveHead = createMoveHead(
    {
      registry: {
        decode: async (event, bytes) => {
          if (failure) throw failure;
          return Promise.resolve(decodeEvent(event, bytes));
        },
      },
      publisher: {
        publish: async (record) => {
          await publish(record);
          published.push(record);
          return { topic: record.topic.name, partition: 0, offset: published.length };
        },
      },
      deadLetters: {
        setAside: ({ offset }, cause) => {
          setAside.push({ offset, cause });
          return Promise.resolve();
        },
      },
      metrics: createSchedulerMetrics(metrics),
      now: () => NOW,
    },
    ladder,
  );
});

/** Returns the record of a wait that has just been appended, unless `record` specifies otherwise. */
function waiting(due: Partial<AttemptDue>, record: Partial<ConsumedRecord> = {}): ConsumedRecord {
  return {
    topic: TOPICS.delayed,
    partition: 3,
    offset: 0,
    key: Buffer.from('account'),
    value: encodeEvent('AttemptDue', anAttemptDue(due)),
    headers: { traceparent: '00-1' },
    appendedAt: NOW,
    ...record,
  };
}

const topicsOf = (records: readonly OutgoingRecord[]): string[] => records.map(({ topic }) => topic.name);

describe('records at the head', () => {
  it('move to a lane or to webhook.due, keyed by account, with bytes and headers unchanged', async () => {
    const later = waiting({ dueAt: NOW + 5_000 });
    const due = waiting({ dueAt: NOW + 100 });
    expect(await moveHead([later, due])).toEqual({ moved: 2, heldUntil: null });
    expect(topicsOf(published)).toEqual(['webhook.delay.5s', TOPICS.due.name]);
    for (const [index, { value, headers }] of [later, due].entries()) {
      const { accountId } = decodeEvent('AttemptDue', value ?? Buffer.alloc(0)).request;
      expect(published[index]).toMatchObject({ accountId, key: accountId, value, headers });
    }
  });

  it('are dropped if they only announce a parked attempt', async () => {
    const parked = waiting({ dueAt: NOW + 5_000 }, { headers: { [PARKED_HEADER]: '1' } });
    expect(await moveHead([parked, waiting({ dueAt: NOW })])).toEqual({ moved: 2, heldUntil: null });
    expect(topicsOf(published)).toEqual([TOPICS.due.name]);
  });

  it('move up to the first record that must wait in its lane', async () => {
    const topic: TopicSpec = shortest.topic;
    const over = waiting({ dueAt: NOW }, { topic, appendedAt: NOW - shortest.waitMs });
    const held = waiting({ dueAt: NOW + 60_000 }, { topic, appendedAt: NOW - 10 });
    expect(await moveHead([over, held, over])).toEqual({ moved: 1, heldUntil: NOW - 10 + shortest.waitMs });
    expect(topicsOf(published)).toEqual([TOPICS.due.name]);
  });

  it('are not reported as moved if one of them could not be published', async () => {
    publish = () => Promise.reject(new Error('no broker'));
    await expect(moveHead([waiting({ dueAt: NOW })])).rejects.toThrow('no broker');
    expect(setAside).toEqual([]);
  });

  it('are counted by lane; for released records, the lateness is measured', async () => {
    await moveHead([waiting({ dueAt: NOW + 5_000 }), waiting({ dueAt: NOW - 2_000 })]);
    const exposed = await metrics.registry.metrics();
    expect(exposed).toMatch(/hookline_lane_hops_total\{[^}]*lane="webhook\.delay\.5s"[^}]*\} 1\n/);
    expect(exposed).toMatch(/hookline_lane_lateness_seconds_sum\S* 2\n/);
    expect(exposed).toMatch(/hookline_lane_lateness_seconds_count\S* 1\n/);
  });

  it('are released, without a measured lateness, if their due time is out of range', async () => {
    const records = [-1, LIMITS.time.max + 1].map((dueAt) => waiting({ dueAt }));
    expect(await moveHead(records)).toEqual({ moved: 2, heldUntil: null });
    expect(topicsOf(published)).toEqual([TOPICS.due.name, TOPICS.due.name]);
    expect(await metrics.registry.metrics()).not.toMatch(/hookline_lane_lateness_seconds_count\S* [1-9]/);
  });
});

describe('a record', () => {
  it.each([
    ['without a value', null, 'the record has no value'],
    ['that is not an event', Buffer.from('nonsense'), ''],
  ])('%s is dead-lettered, and the next record moves', async (_, value, error) => {
    const records = [waiting({}, { offset: 7, value }), waiting({ dueAt: NOW })];
    expect(await moveHead(records)).toEqual({ moved: 2, heldUntil: null });
    expect(setAside).toEqual([
      { offset: 7, cause: { reason: 'undecodable', error: expect.stringContaining(error) } },
    ]);
    expect(published).toHaveLength(1);
  });

  it('that is too large for the broker is dead-lettered with its execution', async () => {
    publish = () => Promise.reject(new RecordTooLargeError('too large by 1 byte'));
    const due = anAttemptDue({ dueAt: NOW });
    expect(await moveHead([waiting(due, { offset: 8 })])).toMatchObject({ moved: 1 });
    const { accountId, executionId } = due.request;
    const execution = expect.objectContaining({ accountId, executionId });
    expect(setAside).toEqual([
      { offset: 8, cause: { reason: 'too_large', error: 'too large by 1 byte', execution } },
    ]);
  });

  it('that cannot be read because of a bug stays at the head', async () => {
    failure = new TypeError('a bug');
    await expect(moveHead([waiting({ dueAt: NOW })])).rejects.toThrow('a bug');
    expect(setAside).toEqual([]);
  });
});
