import type { Span } from './reading.ts';

/** Set of characters up to U+00FF: 1 at the code of each member. */
export type Alphabet = Uint8Array;

export function alphabetOf(characters: string): Alphabet {
  const alphabet = new Uint8Array(256);
  for (const character of characters) alphabet[character.charCodeAt(0)] = 1;
  return alphabet;
}

/**
 * Finds the runs of at least `minLength` characters of an alphabet, in order. Such a run covers at least one of the
 * positions that are `minLength` apart, so most characters of a text without runs are never looked at.
 */
export function runsOf(bytes: string, alphabet: Alphabet, minLength: number): Span[] {
  const runs: Span[] = [];
  const isMember = (at: number): boolean => alphabet[bytes.charCodeAt(at)] === 1;
  let done = 0;
  let probe = minLength - 1;
  while (probe < bytes.length) {
    if (isMember(probe)) {
      let from = probe;
      while (from > done && isMember(from - 1)) from--;
      let to = probe + 1;
      while (to < bytes.length && isMember(to)) to++;
      if (to - from >= minLength) runs.push({ from, to });
      done = to;
      probe = to;
    }
    probe += minLength;
  }
  return runs;
}
