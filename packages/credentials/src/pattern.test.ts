import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Pattern } from './pattern.ts';

function placesByIndexOf(text: string, pattern: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + pattern.length))
    places.push(at);
  return places;
}

describe('Pattern', () => {
  it('finds the same places as indexOf, even in repetitive text', () => {
    const repeated = fc
      .array(fc.tuple(fc.constantFrom('a', 'ab', 'aab', 'b', 'aaaaaaab'), fc.integer({ min: 1, max: 50 })))
      .map((parts) => parts.map(([part, times]) => part.repeat(times)).join(''));
    fc.assert(
      fc.property(repeated, repeated, repeated, (pattern, before, after) => {
        fc.pre(pattern !== '');
        const text = `${before}${pattern}${after}${pattern.slice(1)}${pattern}`;
        expect(new Pattern(pattern).placesIn(text)).toEqual(placesByIndexOf(text, pattern));
      }),
      { numRuns: 500 },
    );
  });

  it('finds a place that overlaps a rejected place', () => {
    expect(new Pattern('aXa').placesIn('aXaXaXa', (at) => at > 0)).toEqual([2]);
  });

  // If the time grew with the product of both lengths, this test would take hours.
  it('takes linear time for megabytes of one letter and a pattern of the same letter', () => {
    const half = 'a'.repeat(1_000_000);
    const text = half.repeat(5);
    expect(new Pattern(`${half}b${half}`).placesIn(text)).toEqual([]);
    expect(new Pattern(`${half}${half}`).placesIn(text)).toEqual([0, 2_000_000]);
  });
});
