import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { JsonDocument } from './json-document.ts';
import { stringifyJson } from './lossless-json.ts';

const NUMBERS =
  '{"a":19.90,"b":100.0,"c":0.0000001,"d":12345678901234567.89,"e":-73.98765432109876543,"f":1e400,"g":-0}';

describe('a JSON document', () => {
  it('F04: returns the original text of each number', () => {
    const document = new JsonDocument(NUMBERS);
    expect(document.textAt([])).toBe(NUMBERS);
    for (const [, key = '', text] of NUMBERS.matchAll(/"(.)":([^,}]+)/g)) {
      expect(document.textAt([key])).toBe(text);
    }
    expect(document.value).toEqual(JSON.parse(NUMBERS));
  });

  it('finds values between white space, escapes and brackets in strings', () => {
    const document = new JsonDocument(
      ' { "x]}\\"" : [ 1.0 , { "\\u0061" : "}\\\\" } ,\t-2E5 ] , "" : [ ] } ',
    );
    expect(document.textAt([])).toBe(String.raw`{"x]}\"":[1.0,{"a":"}\\"},-2E5],"":[]}`);
    expect(document.textAt(['x]}"', 0])).toBe('1.0');
    expect(document.textAt(['x]}"', '1', 'a'])).toBe(String.raw`"}\\"`);
    expect(document.textAt(['x]}"', 2])).toBe('-2E5');
    expect(document.textAt([''])).toBe('[]');
    for (const path of [['y'], ['x]}"', 3], ['x]}"', 0, 'a'], ['', 0]]) {
      expect(document.textAt(path)).toBeUndefined();
    }
  });

  it('F05: keeps the order of keys and, like JSON.parse, the last of repeated keys', () => {
    expect(new JsonDocument('{"b":1,"2":1.50,"1":3}').textAt([])).toBe('{"b":1,"2":1.50,"1":3}');
    const repeated = new JsonDocument(String.raw`{"a":1.0,"\u0061":2.0}`);
    expect(repeated.textAt([])).toBe('{"a":2.0}');
    expect(repeated.textAt(['a'])).toBe('2.0');
  });

  it('keeps the last of repeated keys at every level, at its place in the text', () => {
    const text =
      '{ "a" : {"x":1,"x":[1.0], "y":2 }, "b":1, "a" : {"x":3.0 ,"z":0,\n"x":4.0}, "c":{"d":1,"d":2}}';
    expect(new JsonDocument(text).textAt([])).toBe('{"b":1,"a":{"z":0,"x":4.0},"c":{"d":2}}');
    const unpaired = String.raw`{"\ud800":1,"\ufffd":2}`;
    expect(new JsonDocument(unpaired).textAt([])).toBe('{"\ufffd":1,"\ufffd":2}');
  });

  it('returns the text of the value that JSON.parse returns, whichever keys are repeated', () => {
    const key = fc.constantFrom('"a"', '"b"', ' "c"', String.raw`"\u0061"`, '"1"');
    const value = fc.letrec<Record<'value' | 'object', string>>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('1', ' 2.5 ', '"a"', '[]'),
        tie('object'),
        tie('object'),
      ),
      object: fc
        .array(fc.tuple(key, tie('value')), { maxLength: 6 })
        .map((members) => `{${members.map((member) => member.join(':')).join()}}`),
    })).object;
    fc.assert(
      fc.property(value, (text) => {
        const document = new JsonDocument(text);
        const compact = document.textAt([]) ?? '';
        expect(JSON.parse(compact)).toEqual(document.value);
        // If the lengths are equal, no white space and no repeated key is left.
        expect(compact).toHaveLength(JSON.stringify(document.value).length);
      }),
      { numRuns: 500 },
    );
  });

  it('replaces unpaired surrogates, as stringifyJson does', () => {
    expect(new JsonDocument(String.raw`["\ud800","\\ud800"]`).textAt([])).toBe('["\ufffd","\\\\ud800"]');
  });

  it('returns the text that stringifyJson returns for the parsed value, whatever the white space', () => {
    const key = fc.string({ unit: 'binary' }).map((text) => `k${text}`);
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.string({ unit: 'binary' }),
        fc.constantFrom(null, true, false, -1, 0.5, 1e21),
        fc.array(tie('value')),
        fc.dictionary(key, tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(value, fc.constantFrom(0, 1, '\t'), (one, space) => {
        const document = new JsonDocument(JSON.stringify(one, null, space));
        expect(document.textAt([])).toBe(stringifyJson(one));
        if (typeof one !== 'object' || one === null) return;
        for (const [name, child] of Object.entries(one)) {
          expect(document.textAt([name])).toBe(stringifyJson(child));
        }
      }),
      { numRuns: 300 },
    );
  });
});
