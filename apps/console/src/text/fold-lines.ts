import type { DiffLine } from './line-diff.ts';

/** Lines of a difference, or the number of equal lines that are hidden at this place. */
export type DiffBlock = { kind: 'lines'; lines: DiffLine[] } | { kind: 'same'; count: number };

/**
 * Folds long runs of equal lines. Pure.
 * @param contextLines number of equal lines that are shown before and after each difference
 */
export function foldSame(lines: readonly DiffLine[], contextLines: number): DiffBlock[] {
  const blocks: DiffBlock[] = [];
  let from = 0;
  while (from < lines.length) {
    const isSame = lines[from]?.kind === 'same';
    let until = from;
    while (until < lines.length && (lines[until]?.kind === 'same') === isSame) until += 1;
    const run = lines.slice(from, until);
    if (isSame) {
      const head = from === 0 ? 0 : contextLines;
      const tail = until === lines.length ? 0 : contextLines;
      blocks.push(...folded(run, head, tail));
    } else blocks.push({ kind: 'lines', lines: run });
    from = until;
  }
  return blocks;
}

function folded(run: DiffLine[], head: number, tail: number): DiffBlock[] {
  const count = run.length - head - tail;
  if (count <= 1) return [{ kind: 'lines', lines: run }];
  return [
    { kind: 'lines', lines: run.slice(0, head) },
    { kind: 'same', count },
    { kind: 'lines', lines: run.slice(run.length - tail) },
  ];
}

/** Returns the first lines of a folded difference, and how many are left out. Pure. */
export function firstLines(
  blocks: readonly DiffBlock[],
  maxLines: number,
): { blocks: DiffBlock[]; left: number } {
  const shown: DiffBlock[] = [];
  let room = maxLines;
  let left = 0;
  for (const block of blocks) {
    if (block.kind === 'same') {
      // A fold that directly follows the last shown line is kept, because the text would otherwise seem to end there.
      if (left === 0) shown.push(block);
      continue;
    }
    const lines = block.lines.slice(0, room);
    if (lines.length > 0) shown.push({ kind: 'lines', lines });
    left += block.lines.length - lines.length;
    room -= lines.length;
  }
  return { blocks: shown, left };
}
