/** Checks that measuring a text and measuring its value agree, and that neither overflows the stack. Pure. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isTextWithinDepth, isWithinDepth } from './json-depth.ts';

/** Reference implementation of depth, for values that are not deep enough to overflow the stack. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test.each([
  ['1', 0],
  ['"[[[["', 0],
  ['{}', 1],
  ['[{}]', 2],
  [String.raw`{"a\"[":"\\","b":["]"]}`, 2],
  [String.raw`["\\\"[[",[]]`, 2],
])('%s has %i levels', (text, depth) => {
  expect([isTextWithinDepth(text, depth), isWithinDepth(JSON.parse(text), depth)]).toEqual([true, true]);
  if (depth === 0) return;
  expect([isTextWithinDepth(text, depth - 1), isWithinDepth(JSON.parse(text), depth - 1)]).toEqual([
    false,
    false,
  ]);
});

test('the text and the value of any JSON have the same depth', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 0, max: 8 }), (text, levels) => {
      const isWithin = depthOf(JSON.parse(text)) <= levels;
      expect(isTextWithinDepth(text, levels)).toBe(isWithin);
      expect(isWithinDepth(JSON.parse(text), levels)).toBe(isWithin);
    }),
  );
});

test('values of the greatest depth that fits into a body are measured', () => {
  const levels = 1_200_000;
  const text = '['.repeat(levels) + ']'.repeat(levels);
  expect([isTextWithinDepth(text), isTextWithinDepth(text, levels)]).toEqual([false, true]);
  expect([isWithinDepth(JSON.parse(text)), isWithinDepth(JSON.parse(text), levels)]).toEqual([false, true]);
});

test('any text is measured, even if it is not JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a') }), (text) => {
      expect(typeof isTextWithinDepth(text, 1)).toBe('boolean');
    }),
  );
  // The time is linear in the length of the text, because the backslashes before each quote are counted only once.
  expect(isTextWithinDepth(`"${String.raw`\"`.repeat(500_000)}`)).toBe(true);
});
