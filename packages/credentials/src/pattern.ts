/** Number of leading characters that `indexOf` searches for: few enough for a linear search even in the worst case. */
const ANCHOR_LENGTH = 32;

/**
 * Finds a string in a text; the time is linear in the length of both. `indexOf` alone is quadratic if both repeat one
 * letter, so it is used only to find the beginning of the string; the Knuth-Morris-Pratt algorithm compares the rest.
 */
export class Pattern {
  readonly text: string;
  readonly #anchor: string;
  #fallbacks: Uint32Array | undefined;

  constructor(text: string) {
    this.text = text;
    this.#anchor = text.slice(0, ANCHOR_LENGTH);
  }

  /**
   * Finds the places of the string in `bytes`, without overlaps.
   * @param accepts returns whether a place is a match; if the string has at most `ANCHOR_LENGTH` characters, the next
   *   place may overlap a rejected place
   */
  placesIn(bytes: string, accepts: (at: number) => boolean = () => true): number[] {
    const places: number[] = [];
    const note = (at: number): boolean => accepts(at) && places.push(at) > 0;
    let at = bytes.indexOf(this.#anchor);
    while (at >= 0) {
      let next = at + this.text.length;
      if (this.text.length > ANCHOR_LENGTH) next = this.#readOn(bytes, at + ANCHOR_LENGTH, note);
      else if (!note(at)) next = at + 1;
      at = bytes.indexOf(this.#anchor, next);
    }
    return places;
  }

  /** @returns the position from which to search for the next match */
  #readOn(bytes: string, from: number, note: (at: number) => unknown): number {
    const { text } = this;
    const fallbacks = (this.#fallbacks ??= fallbacksOf(text));
    let matched = ANCHOR_LENGTH;
    let at = from;
    while (matched > 0 && at < bytes.length) {
      const code = bytes.charCodeAt(at++);
      while (matched > 0 && text.charCodeAt(matched) !== code) matched = fallbacks[matched - 1] ?? 0;
      if (text.charCodeAt(matched) === code) matched++;
      if (matched === text.length) {
        note(at - matched);
        return at;
      }
    }
    return at;
  }
}

/** Computes for each prefix of the text the length of its longest proper prefix that is also its suffix. */
function fallbacksOf(text: string): Uint32Array {
  const fallbacks = new Uint32Array(text.length);
  let matched = 0;
  for (let at = 1; at < text.length; at++) {
    while (matched > 0 && text.charCodeAt(matched) !== text.charCodeAt(at))
      matched = fallbacks[matched - 1] ?? 0;
    if (text.charCodeAt(matched) === text.charCodeAt(at)) matched++;
    fallbacks[at] = matched;
  }
  return fallbacks;
}
