import { compactJson } from './compact-json.ts';
import { type Children, childrenOf, skipSpace } from './json-source.ts';

/**
 * A parsed JSON text that can still return the original text of each value. `JSON.parse` without a reviver does the
 * parsing, because a reviver that keeps the text of numbers would take ten times as long. The text of a value is read
 * from its position, which is found by following the path.
 */
export class JsonDocument {
  /** Result of `JSON.parse`, whose numbers are doubles, as comparisons require. */
  readonly value: unknown;
  readonly #text: string;
  /** Children of the objects and arrays on the paths read so far, by position. */
  readonly #children = new Map<number, Children>();
  /** Members of the document to which fields were added. */
  readonly #extended = new Set<string>();

  /** @throws SyntaxError if the text is not valid JSON */
  constructor(text: string) {
    this.value = JSON.parse(text);
    this.#text = text;
  }

  /**
   * Returns the JSON text of the value at a path: numbers as they were written, keys in the order in which they were
   * written, no white space between tokens. Unpaired surrogates become U+FFFD. Undefined if there is no such value, or
   * if fields were added to it.
   */
  textAt(path: readonly (string | number)[]): string | undefined {
    if (path.length === 1 && this.#extended.has(String(path[0]))) return undefined;
    let at = skipSpace(this.#text, 0);
    for (const segment of path) {
      const child = this.#childAt(at, segment);
      if (child === undefined) return undefined;
      at = child;
    }
    return compactJson(this.#text, at);
  }

  /** Records that fields were added to a member of `value`, which the parsed text therefore no longer represents. */
  noteExtended(member: string): void {
    this.#extended.add(member);
  }

  #childAt(parent: number, segment: string | number): number | undefined {
    let children = this.#children.get(parent);
    if (!children) {
      const first = this.#text[parent];
      if (first !== '{' && first !== '[') return undefined;
      children = childrenOf(this.#text, parent);
      this.#children.set(parent, children);
    }
    return children instanceof Map
      ? children.get(String(segment))
      : (children as readonly number[])[Number(segment)];
  }
}
