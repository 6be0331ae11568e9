import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { alphabetOf, runsOf } from './runs.ts';

it('runsOf finds what a regular expression finds', () => {
  const alphabet = alphabetOf('abc');
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'aaa', ' ', '-'), maxLength: 40 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 8 }), (bytes, minLength) => {
      const runs = Array.from(bytes.matchAll(/[abc]+/g), ({ index, 0: run }) => ({
        from: index,
        to: index + run.length,
      })).filter(({ from, to }) => to - from >= minLength);
      expect(runsOf(bytes, alphabet, minLength)).toEqual(runs);
    }),
    { numRuns: 1_000 },
  );
});
