/** A line in the difference between two texts. */
export interface DiffLine {
  kind: 'same' | 'removed' | 'added';
  text: string;
}

/** Maximum number of pairs of lines to compare; more pairs would block the page for too long. */
const MAX_PAIRS = 1_000_000;
/** Longer lines are compared in pieces, so that the difference is visible even if a body is a single line. */
const MAX_LINE_CHARS = 400;

/**
 * Compares two texts line by line with a longest common subsequence. If there are more than a million pairs of lines
 * between the first and the last difference, all those lines are shown as replaced. Pure.
 */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = linesOf(before);
  const b = linesOf(after);
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  return [
    ...a.slice(0, head).map((text): DiffLine => ({ kind: 'same', text })),
    ...diffMiddle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map((text): DiffLine => ({ kind: 'same', text })),
  ];
}

function diffMiddle(a: readonly string[], b: readonly string[]): DiffLine[] {
  const removed = a.map((text): DiffLine => ({ kind: 'removed', text }));
  const added = b.map((text): DiffLine => ({ kind: 'added', text }));
  if (a.length === 0 || b.length === 0 || a.length * b.length > MAX_PAIRS) return [...removed, ...added];
  return walk(a, b, commonLengths(a, b));
}

/** Returns the length of the longest common subsequence for each pair of remainders of `a` and `b`, row by row. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const here = i * width + j;
      lengths[here] =
        a[i] === b[j]
          ? (lengths[here + width + 1] ?? 0) + 1
          : Math.max(lengths[here + width] ?? 0, lengths[here + 1] ?? 0);
    }
  }
  return lengths;
}

function walk(a: readonly string[], b: readonly string[], lengths: Uint32Array): DiffLine[] {
  const width = b.length + 1;
  const result: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const before = a[i];
    const after = b[j];
    if (before !== undefined && before === after) {
      result.push({ kind: 'same', text: before });
      i += 1;
      j += 1;
    } else if (
      before !== undefined &&
      (after === undefined || (lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0))
    ) {
      result.push({ kind: 'removed', text: before });
      i += 1;
    } else {
      result.push({ kind: 'added', text: after ?? '' });
      j += 1;
    }
  }
  return result;
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  return text
    .split('\n')
    .flatMap((line) => (line.length <= MAX_LINE_CHARS ? [line] : cutEvery(line, MAX_LINE_CHARS)));
}

/** Cuts a text into pieces of at most `chars` characters, never within a surrogate pair. Pure. */
export function cutEvery(text: string, chars: number): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const until = endWithin(text, from + chars);
    pieces.push(text.slice(from, until));
    from = until;
  }
  return pieces;
}

/** Returns `at`, or the position before it if `at` is within a surrogate pair. */
export function endWithin(text: string, at: number): number {
  const isHigh = /[\ud800-\udbff]/.test(text.charAt(at - 1));
  return isHigh && at < text.length ? at - 1 : at;
}
