import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  LongNumberError,
  MAX_INTEGER_DIGITS,
  parseJson,
  parseJsonToWrite,
  stringifyJson,
} from './lossless-json.ts';

const digits = (count: number): string => '9'.repeat(count);

describe('lossless JSON', () => {
  it('keeps all digits of integers of up to 100 digits', () => {
    for (const count of [15, 16, 17, 19, 64, MAX_INTEGER_DIGITS]) {
      for (const text of [`[${digits(count)}]`, `{"a":-${digits(count)}}`]) {
        expect(stringifyJson(parseJson(text))).toBe(text);
        expect(JSON.stringify(parseJsonToWrite(text))).toBe(text);
      }
    }
  });

  it('finding 7: refuses longer integers or keeps them as text, instead of converting them to numbers', () => {
    const million = digits(1_000_000);
    expect(() => parseJson(`{"a":${million}}`)).toThrow(LongNumberError);
    expect(() => parseJson(`[-${digits(MAX_INTEGER_DIGITS + 1)}]`)).toThrow('more than 100 digits');
    expect(JSON.stringify(parseJsonToWrite(`[${million}]`))).toBe(`[${million}]`);
  });

  it('finding 7: takes time that is linear in the length of the text', () => {
    const text = `[${Array.from({ length: 10_000 }, () => digits(MAX_INTEGER_DIGITS)).join()}]`;
    const begun = process.threadCpuUsage();
    stringifyJson(parseJson(text));
    expect(() => parseJson(`[${digits(2_400_000)}]`)).toThrow(LongNumberError);
    const { user, system } = process.threadCpuUsage(begun);
    // Converting a single number of 2.4 million digits took 1.2 s.
    expect((user + system) / 1_000).toBeLessThan(500);
  });

  it('writes exactly what it has read, with and without long integers', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(value, (one) => {
        const text = stringifyJson(one);
        expect(stringifyJson(parseJson(text))).toBe(text);
      }),
    );
  });
});
