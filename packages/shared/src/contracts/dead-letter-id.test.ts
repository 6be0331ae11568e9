import { describe, expect, it } from '@jest/globals';
import { aDeadLetter } from '@hookline/testkit/builders';
import { deadLetterId } from './dead-letter-id.ts';

describe('the id of a dead letter', () => {
  const letter = aDeadLetter({ offset: 7, value: Buffer.from('no event') });

  it('is a UUID of version 8 that depends neither on the time nor on the reason of the dead letter', () => {
    const again = { ...letter, failedAt: 1, error: 'another', reason: 'undecodable', accountId: 'a' };
    expect(deadLetterId(letter)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(deadLetterId(again)).toBe(deadLetterId(letter));
  });

  it.each([
    ['topic', { topic: 'webhook.due' }],
    ['partition', { partition: 1 }],
    ['offset', { offset: 8 }],
    ['key', { key: Buffer.from('account_2') }],
    ['value', { value: Buffer.from('no Event') }],
    ['absence of the value', { value: null, valueBytes: 8 }],
  ])('changes with the %s', (_, other) => {
    expect(deadLetterId({ ...letter, ...other })).not.toBe(deadLetterId(letter));
  });

  it('differs if the same bytes are divided differently between key and value', () => {
    const one = { ...letter, key: Buffer.from('ab'), value: Buffer.from('c'), valueBytes: 1 };
    const two = { ...letter, key: Buffer.from('a'), value: Buffer.from('bc'), valueBytes: 1 };
    expect(deadLetterId(one)).not.toBe(deadLetterId(two));
  });
});
