import { describe, expect, it } from '@jest/globals';
import { TOPICS } from '../../../contracts/topics.ts';
import { ByteCopies } from '../byte-copies.ts';
import type { ConsumedRecord } from '../consumed-record.ts';
import { UnfinishedRecord } from './unfinished-record.ts';

const RECORD: ConsumedRecord = {
  topic: TOPICS.requested,
  partition: 0,
  offset: 7,
  key: null,
  value: null,
  headers: {},
  appendedAt: 0,
};

function unfinishedRecord(record = RECORD): { unfinished: UnfinishedRecord; ends: string[] } {
  const ends: string[] = [];
  const unfinished = new UnfinishedRecord(record, () => Promise.resolve(true), {
    finished: ({ offset }) => void ends.push(`${offset} finished`),
    left: ({ offset }, error) => void ends.push(`${offset} left: ${String(error)}`),
  });
  return { unfinished, ends };
}

describe('an unfinished record', () => {
  it('ends only once; later ends have no effect', () => {
    const finished = unfinishedRecord();
    finished.unfinished.finish();
    finished.unfinished.leave('too late');
    finished.unfinished.finish();
    expect(finished.ends).toEqual(['7 finished']);

    const left = unfinishedRecord();
    left.unfinished.leave('the process stops');
    left.unfinished.finish();
    left.unfinished.leave('again');
    expect(left.ends).toEqual(['7 left: the process stops']);
  });

  it('is left if its handler throws', () => {
    const { unfinished, ends } = unfinishedRecord();
    unfinished.passTo(() => {
      throw new Error('no ids');
    });
    expect(ends).toEqual(['7 left: Error: no ids']);
  });

  it('rethrows an error that its handler throws after ending it', () => {
    const { unfinished, ends } = unfinishedRecord();
    const handle = (): void => {
      unfinished.finish();
      throw new Error('a bug');
    };
    expect(() => unfinished.passTo(handle)).toThrow('a bug');
    expect(ends).toEqual(['7 finished']);
  });

  it('does not depend on the buffer of Kafka’s response once its bytes are copied', () => {
    const response = Buffer.from('a key, a value and the records of other accounts');
    const { unfinished } = unfinishedRecord({
      ...RECORD,
      key: response.subarray(2, 5),
      value: response.subarray(9, 14),
    });
    unfinished.keepCopiesIn(new ByteCopies());
    response.fill(0);
    expect([String(unfinished.record.key), String(unfinished.record.value)]).toEqual(['key', 'value']);
  });

  it('is finished if its promise is fulfilled, and left if its promise is rejected', async () => {
    const fulfilled = unfinishedRecord();
    const handled = Promise.resolve();
    fulfilled.unfinished.endWith(handled);
    expect(fulfilled.ends).toEqual([]);
    await handled;
    expect(fulfilled.ends).toEqual(['7 finished']);

    const rejected = unfinishedRecord();
    const failed = Promise.reject(new Error('no acknowledgement'));
    rejected.unfinished.endWith(failed);
    await failed.catch(() => undefined);
    expect(rejected.ends).toEqual(['7 left: Error: no acknowledgement']);
  });
});
