import type { Span } from './reading.ts';

/** Set of characters up to U+00FF: 1 at the code of each member. */
type Alphabet = Uint8Array;

export function alphabetOf(characters: string): Alphabet {
  const alphabet = new Uint8Array(256);
  for (const character of characters) alphabet[character.charCodeAt(0)] = 1;
  return alphabet;
}

/** Finds all runs of at least `minLength` characters of an alphabet, in order. */
export function runsOf(bytes: string, alphabet: Alphabet, minLength: number): Span[] {
  const runs: Span[] = [];
  let run = nextRun(bytes, { alphabet, minLength }, 0);
  while (run) {
    runs.push(run);
    run = nextRun(bytes, { alphabet, minLength }, run.to);
  }
  return runs;
}

/**
 * Finds the first run that starts at or after a position; the position must not be within a run. A run covers at least
 * one of the positions that are `minLength` apart, so most characters of a text without runs are never examined.
 */
export function nextRun(
  bytes: string,
  { alphabet, minLength }: { alphabet: Alphabet; minLength: number },
  start: number,
): Span | null {
  let done = start;
  let probe = start + minLength - 1;
  while (probe < bytes.length) {
    if (alphabet[bytes.charCodeAt(probe)] === 1) {
      let from = probe;
      while (from > done && alphabet[bytes.charCodeAt(from - 1)] === 1) from--;
      let to = probe + 1;
      while (to < bytes.length && alphabet[bytes.charCodeAt(to)] === 1) to++;
      if (to - from >= minLength) return { from, to };
      done = to;
      probe = to;
    }
    probe += minLength;
  }
  return null;
}
