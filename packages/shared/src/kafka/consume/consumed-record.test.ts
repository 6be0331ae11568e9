/** Reads records as other clients may write them. Pure. */
import { describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { TOPICS } from '../../contracts/topics.ts';
import { consumedRecord } from './consumed-record.ts';

const message = (headers: unknown): KafkaMessage =>
  ({ offset: '7', timestamp: '1000', key: null, value: null, attributes: 0, headers }) as KafkaMessage;

describe('a consumed record', () => {
  it('contains the first value of each header as text, and omits headers without a value', () => {
    const headers = {
      one: Buffer.from('1'),
      several: [Buffer.from('a'), Buffer.from('b')],
      none: null,
      empty: [],
    };
    expect(consumedRecord(TOPICS.requested, 3, message(headers))).toMatchObject({
      partition: 3,
      offset: 7,
      appendedAt: 1_000,
      headers: { one: '1', several: 'a' },
    });
  });

  it('has an empty object as its headers if there are none', () => {
    expect(consumedRecord(TOPICS.requested, 0, message(undefined)).headers).toEqual({});
  });
});
