import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { cutEvery, diffLines } from './line-diff.ts';

const marked = (before: string, after: string): string[] =>
  diffLines(before, after).map(({ kind, text }) => ({ same: ' ', removed: '-', added: '+' })[kind] + text);

describe('the difference of two texts', () => {
  test('keeps common lines in place', () => {
    expect(marked('a\nb\nc\nd', 'a\nx\nc\ny\nd')).toEqual([' a', '-b', '+x', ' c', '+y', ' d']);
  });

  test('of equal texts has no changes', () => {
    expect(marked('a\nb', 'a\nb')).toEqual([' a', ' b']);
    expect(marked('', '')).toEqual([]);
  });

  test('from or to an empty text consists of the other text', () => {
    expect(marked('', 'a\nb')).toEqual(['+a', '+b']);
    expect(marked('a', '')).toEqual(['-a']);
  });

  test('turns any text into any other text', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 30 })
      .map((all) => all.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before, after);
        const without = (kind: string): string =>
          lines.flatMap((line) => (line.kind === kind ? [] : [line.text])).join('\n');
        expect([without('added'), without('removed')]).toEqual([before, after]);
      }),
    );
  });

  test('of lines of 256 KiB is limited to the part that differs', () => {
    const line = 'x'.repeat(262_144);
    const changed = `${line.slice(0, 100_000)}y${line.slice(100_001)}`;
    const lines = diffLines(line, changed);
    expect(lines.filter(({ kind }) => kind !== 'same').map(({ kind, text }) => [kind, text.length])).toEqual([
      ['removed', 400],
      ['added', 400],
    ]);
  });

  test('of texts that are too long to be compared replaces all lines between the common lines', () => {
    const numbers = (from: number): string =>
      Array.from({ length: 2_000 }, (_n, i) => `${from + i}`).join('\n');
    const lines = diffLines(`same\n${numbers(0)}`, `same\n${numbers(1_000)}`);
    expect(lines.filter(({ kind }) => kind === 'removed')).toHaveLength(2_000);
    expect(lines[0]).toEqual({ kind: 'same', text: 'same' });
  });
});

test('a text is never cut within a character', () => {
  const text = `a${'😀'.repeat(10)}`;
  const pieces = cutEvery(text, 4);
  expect(pieces.join('')).toBe(text);
  for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
});
