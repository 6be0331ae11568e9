import { expect, test } from '@jest/globals';
import { decodeEvent, encodeEvent } from '@hookline/shared/contracts/event-codec';
import { parkingKey } from '@hookline/shared/contracts/parked-attempts';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { anAttemptDue } from '@hookline/testkit/builders';
import { createReadLedgerRecords } from './read-ledger-records.ts';
import { STAGE_INDEX } from './stages.ts';

test('a parked attempt waits in its topic until a tombstone with the same step shows that it has left', async () => {
  const read = createReadLedgerRecords(
    { decoder: { decode: (event, bytes) => Promise.resolve(decodeEvent(event, bytes)) } },
    { partitions: 1 },
  );
  const due = anAttemptDue({ reason: 'paused', attempt: 2, deferrals: 3 });
  const record: ConsumedRecord = {
    topic: TOPICS.parked,
    partition: 0,
    offset: 7,
    key: Buffer.from(parkingKey(due)),
    value: encodeEvent('AttemptDue', due),
    headers: {},
    appendedAt: 1_000,
  };
  const [parked, left] = await read([record, { ...record, offset: 8, value: null }]);
  const stage = STAGE_INDEX.get(TOPICS.parked.name);
  expect(parked).toMatchObject({ kind: 'step', place: { stage, offset: 7 } });
  if (parked?.kind !== 'step') throw new Error('not a step');
  expect(left).toEqual({ kind: 'left', id: parked.id, stage, step: parked.step, appendedAt: 1_000 });
  const foreign = { ...record, key: Buffer.from('account'), value: null };
  expect(await read([foreign])).toEqual([]);
});
