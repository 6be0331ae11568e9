import { describe, expect, it } from '@jest/globals';
import { AnswerCache } from './answer-cache.ts';

const ADDRESSES = ['93.184.216.34'];

describe('AnswerCache', () => {
  it('drops expired answers when another answer is added', () => {
    const cache = new AnswerCache({ maxNames: 100 });
    for (const name of ['a', 'b', 'c']) cache.add(name, { addresses: ADDRESSES, expiresAt: 1_000 }, 0);
    cache.add('d', { addresses: ADDRESSES, expiresAt: 2_000 }, 999);
    expect(cache.size).toBe(4);
    cache.add('e', { addresses: ADDRESSES, expiresAt: 2_000 }, 1_000);
    expect(cache.size).toBe(2);
    expect(['c', 'd', 'e'].map((name) => cache.get(name, 1_000))).toEqual([undefined, ADDRESSES, ADDRESSES]);
  });

  it('keeps at most the given number of answers', () => {
    const cache = new AnswerCache({ maxNames: 2 });
    for (const name of ['a', 'b', 'c']) cache.add(name, { addresses: ADDRESSES, expiresAt: 1_000 }, 0);
    expect([cache.size, cache.get('a', 0), cache.get('c', 0)]).toEqual([2, undefined, ADDRESSES]);
  });
});
