import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';
import { parseJson } from './lossless-json.ts';

/** Returns the value with the keys of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(entries.map(([name, one]) => [name, reversed(one)]));
}

test('F29 the order of keys does not affect the text, at any depth', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
    }),
  );
});

test('every other difference affects the text: values, the order of lists, digits, null instead of no value', () => {
  const texts = ['{}', '{"a":null}', '{"a":1}', '{"a":"1"}', '[1,2]', '[2,1]'];
  expect(new Set(texts.map((text) => canonicalJson(parseJson(text)))).size).toBe(texts.length);
  expect(canonicalJson(parseJson('{"a":12345678901234567890}'))).toBe('{"a":12345678901234567890}');
});
