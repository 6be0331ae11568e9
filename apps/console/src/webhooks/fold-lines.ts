import type { DiffLine } from '../text/line-diff.ts';

/** Lines that are shown around each difference. */
const AROUND = 2;

/** Replaces long stretches that are the same by the number of their lines. Pure. */
export function foldLines(lines: readonly DiffLine[]): (DiffLine | number)[] {
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ kind }) => kind !== 'same');
  const folded: (DiffLine | number)[] = [];
  for (const [index, line] of lines.entries()) {
    const last = folded.at(-1);
    if (isNear(index)) folded.push(line);
    else if (typeof last === 'number') folded[folded.length - 1] = last + 1;
    else folded.push(1);
  }
  return folded;
}
