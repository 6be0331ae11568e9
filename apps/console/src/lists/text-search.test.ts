import { expect, test } from '@jest/globals';
import { textsOf } from './text-search.ts';

test('known parameters are read as texts; empty and unknown parameters and lists are dropped', () => {
  const raw = { a: ' x ', b: 7, c: '', d: ['x'], e: 'other' };
  expect(textsOf(raw, ['a', 'b', 'c', 'd'])).toEqual({ a: ' x ', b: '7' });
});
