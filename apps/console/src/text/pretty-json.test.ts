import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { prettyJson, rawMember, rawMembers } from './pretty-json.ts';

describe('formatted JSON', () => {
  test('is indented like the output of JSON.stringify', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(JSON.parse(prettyJson(json) ?? '')).toEqual(JSON.parse(json));
      }),
    );
    const value = { a: [1, { b: 'x,{"y":1}' }], empty: {}, none: [], c: null };
    expect(prettyJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
  });

  test('keeps the spelling of numbers and strings', () => {
    expect(prettyJson('{"id":12345678901234567890,"price":10.50,"s":"\\u0041\\/"}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "price": 10.50,\n  "s": "\\u0041\\/"\n}',
    );
  });

  test('is null if the text is not JSON', () => {
    expect(prettyJson('<html>')).toBeNull();
    expect(prettyJson('{"a":1')).toBeNull();
  });

  test('stays small for deeply nested brackets', () => {
    const text = '['.repeat(5_000) + ']'.repeat(5_000);
    expect(prettyJson(text)?.length).toBeLessThan(60 * text.length);
  });
});

describe('members of an object', () => {
  test('keep their spelling', () => {
    const json = ' { "a" : 12345678901234567890 , "b":{"a":[1, 2]},"c":"x,}" , "d" : [ ] } ';
    expect([...rawMembers(json)]).toEqual([
      ['a', '12345678901234567890'],
      ['b', '{"a":[1, 2]}'],
      ['c', '"x,}"'],
      ['d', '[ ]'],
    ]);
    expect(rawMember(json, 'b')).toBe('{"a":[1, 2]}');
    expect(rawMember(json, 'e')).toBeNull();
  });

  test('are the same as those that JSON.parse finds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const found = [...rawMembers(JSON.stringify(value))].map(([key, raw]) => [key, JSON.parse(raw)]);
        expect(found).toEqual(Object.entries(JSON.parse(JSON.stringify(value)) as object));
      }),
    );
  });

  test.each(['null', '[{"a":1}]', '"{}"', '1'])('are not found in %s', (json) => {
    expect([...rawMembers(json)]).toEqual([]);
  });
});
