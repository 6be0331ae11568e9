import { expect, test } from '@jest/globals';
import { firstLines, foldSame } from './fold-lines.ts';
import { diffLines } from './line-diff.ts';

const shown = (before: string, after: string) =>
  foldSame(diffLines(before, after), 2).flatMap((block): (number | string)[] =>
    block.kind === 'same' ? [block.count] : block.lines.map(({ text }) => text),
  );

test('lines far from a difference are counted, not shown', () => {
  const before = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'];
  const after = before.with(4, 'five');
  expect(shown(before.join('\n'), after.join('\n'))).toEqual([2, '3', '4', '5', 'five', '6', '7', 3]);
});

test('a text that is added or removed as a whole is shown in full', () => {
  expect(shown('', 'a\nb')).toEqual(['a', 'b']);
  expect(shown('a\nb', '')).toEqual(['a', 'b']);
});

test('long runs of equal lines are folded, except for some lines around each difference', () => {
  const same = Array.from({ length: 10 }, (_line, i) => ({ kind: 'same' as const, text: `${i}` }));
  const added = { kind: 'added' as const, text: 'x' };
  expect(
    foldSame([...same, added, ...same], 3).map((block) =>
      block.kind === 'same' ? block.count : block.lines.length,
    ),
  ).toEqual([0, 7, 3, 1, 3, 7, 0]);
  expect(foldSame([...same.slice(0, 4), added], 3).map(({ kind }) => kind)).toEqual(['lines', 'lines']);
});

test('a long difference is cut, and the lines that are left out are counted', () => {
  const lines = ['a', 'b', 'c'].map((text) => ({ kind: 'added' as const, text }));
  const blocks = [
    { kind: 'lines' as const, lines },
    { kind: 'same' as const, count: 9 },
    { kind: 'lines' as const, lines },
  ];
  expect(firstLines(blocks, 4)).toEqual({
    blocks: [blocks[0], blocks[1], { kind: 'lines', lines: lines.slice(0, 1) }],
    left: 2,
  });
  expect(firstLines(blocks, 6)).toEqual({ blocks, left: 0 });
});

test('a fold directly after the last shown line is shown, but not a fold after lines that are left out', () => {
  const lines = ['a', 'b', 'c'].map((text) => ({ kind: 'added' as const, text }));
  const blocks = [
    { kind: 'lines' as const, lines },
    { kind: 'same' as const, count: 9 },
  ];
  expect(firstLines(blocks, 3)).toEqual({ blocks, left: 0 });
  expect(firstLines([...blocks, { kind: 'lines', lines }], 3)).toEqual({ blocks, left: 3 });
  expect(firstLines(blocks, 2)).toEqual({ blocks: [{ kind: 'lines', lines: lines.slice(0, 2) }], left: 1 });
});
