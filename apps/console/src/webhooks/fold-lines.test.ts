import { expect, test } from '@jest/globals';
import { diffLines } from '../text/line-diff.ts';
import { foldLines } from './fold-lines.ts';

const shown = (before: string, after: string) =>
  foldLines(diffLines(before, after)).map((block) => (typeof block === 'number' ? block : block.text));

test('lines far from a difference are counted, not shown', () => {
  const before = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'];
  const after = before.with(4, 'five');
  expect(shown(before.join('\n'), after.join('\n'))).toEqual([2, '3', '4', '5', 'five', '6', '7', 3]);
});

test('a text that is added or removed is shown whole', () => {
  expect(shown('', 'a\nb')).toEqual(['a', 'b']);
  expect(shown('a\nb', '')).toEqual(['a', 'b']);
});
