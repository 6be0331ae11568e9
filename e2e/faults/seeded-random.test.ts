import { describe, expect, it } from '@jest/globals';
import { createRandom } from './seeded-random.ts';

const draws = (seed: number, count: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

describe('createRandom', () => {
  it('repeats its numbers for a seed, and draws other numbers for another seed', () => {
    expect(draws(7, 100)).toEqual(draws(7, 100));
    expect(draws(7, 100)).not.toEqual(draws(8, 100));
  });

  it('draws uniformly from [0, 1)', () => {
    const tenths = Map.groupBy(draws(1, 10_000), (drawn) => Math.floor(drawn * 10));
    expect([...tenths.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const those of tenths.values()) expect(Math.abs(those.length - 1_000)).toBeLessThan(150);
  });

  it('draws between bounds and from a list', () => {
    const random = createRandom(3);
    for (let i = 0; i < 1_000; i++) {
      expect(Math.floor(random.between(5, 6))).toBe(5);
      expect(['a', 'b']).toContain(random.pick(['a', 'b']));
    }
    expect(() => random.pick([])).toThrow('list to pick from is empty');
  });
});
