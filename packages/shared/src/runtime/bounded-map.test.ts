import { expect, it } from '@jest/globals';
import { BoundedMap } from './bounded-map.ts';

function mapOf(maxEntries: number, keys: string): BoundedMap<string, number> {
  const map = new BoundedMap<string, number>({ maxEntries });
  for (const [i, key] of keys.split('').entries()) map.set(key, i);
  return map;
}

const kept = (map: BoundedMap<string, number>): string =>
  ['a', 'b', 'c', 'd'].filter((key) => map.has(key)).join('');

it('a map removes its oldest entry, but only when it is full', () => {
  expect(kept(mapOf(3, 'abc'))).toBe('abc');
  const map = mapOf(3, 'abcd');
  expect(kept(map)).toBe('bcd');
  expect(map.size).toBe(3);
  expect(map.get('a')).toBeUndefined();
  expect(map.get('d')).toBe(3);
});

it('an entry becomes the newest when it is written again, but not when it is read', () => {
  const map = mapOf(2, 'aba');
  map.get('b');
  map.set('c', 9);
  expect(kept(map)).toBe('ac');
});

it('deleting an entry makes room for another entry', () => {
  const map = mapOf(2, 'ab');
  expect(map.delete('a')).toBe(true);
  expect(map.delete('a')).toBe(false);
  map.set('c', 9);
  expect(kept(map)).toBe('bc');
});
