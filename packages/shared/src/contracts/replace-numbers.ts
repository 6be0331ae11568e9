import { endOfScalar } from './json-source.ts';
import { endOfString } from './json-string.ts';

/** Numbers of a JSON text that are replaced, and their replacements. Each function is given the text of a number. */
export interface NumberRule {
  /** Length of the shortest number that may be replaced; shorter numbers are skipped without a copy of their text. */
  minLength: number;
  applies: (text: string) => boolean;
  make: (text: string) => unknown;
}

type Fields = Record<string | number, unknown>;

const QUOTE = 0x22;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Replaces some numbers of a parsed JSON value, in place. A reviver takes 2 µs for every value of the text, so that a
 * single long number in a text of 8 MiB would block the thread for seconds; this takes one more parse. The text is
 * parsed again with these numbers in quotes; wherever a number has become a string, that string is the number's text.
 * Strings of the original text cannot be mistaken for numbers, because they are strings in both values.
 * @param value result of `JSON.parse(json)`
 * @returns the value, or the replacement if the value itself is such a number
 * @throws SyntaxError if the engine read the keys of an object so differently in the two parses that they cannot be
 *   matched
 */
export function replaceNumbers(value: unknown, json: string, rule: NumberRule): unknown {
  const quoted = quoteNumbers(json, rule);
  if (quoted === json) return value;
  const root = { value };
  replaceWithin(root, { value: JSON.parse(quoted) as unknown }, rule);
  return root.value;
}

function quoteNumbers(json: string, { minLength, applies }: NumberRule): string {
  /** Alternately, text that is kept and a number that is put in quotes; begins and ends with text. */
  const pieces: string[] = [];
  let from = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(json, at) - 1;
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfScalar(json, at);
      const text = end - at < minLength ? '' : json.slice(at, end);
      if (text !== '' && applies(text)) {
        pieces.push(json.slice(from, at), text);
        from = end;
      }
      at = end - 1;
    }
  }
  pieces.push(json.slice(from));
  return pieces.join('"');
}

/** Not recursive, because not every caller has limited the depth of its value. */
function replaceWithin(root: Fields, quotedRoot: Fields, { make }: NumberRule): void {
  const open: [Fields, Fields][] = [[root, quotedRoot]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [parent, read] = next;
    let quoted = read;
    for (const key of Array.isArray(parent) ? parent.keys() : Object.keys(parent)) {
      const child = parent[key];
      if (quoted[key] === undefined) quoted = withKeysOf(parent, read);
      const text = quoted[key];
      if (typeof child === 'number' && typeof text === 'string') parent[key] = make(text);
      else if (typeof child === 'object' && child !== null) open.push([child as Fields, text as Fields]);
    }
  }
}

const MISREAD = '\\';

/**
 * Returns the values of `quoted` under the keys of `parent`. V8 13 reads a key that consists of one escape, such as
 * `"\u0061"`, as a backslash once it has parsed an object of the same shape with the key `"\\"` (nodejs/node#63785), so
 * the second parse may misread a key.
 */
function withKeysOf(parent: Fields, quoted: Fields): Fields {
  const keys = Object.keys(parent);
  const fields = Object.entries(quoted);
  // A key of digits cannot be matched by its position, because objects list such keys before all others.
  const match = (key: string, i: number): boolean =>
    fields[i]?.[0] === key || (fields[i]?.[0] === MISREAD && !/^\d+$/.test(key));
  if (keys.length !== fields.length || !keys.every(match))
    throw new SyntaxError(
      'a key that consists of one escape cannot be read; write its character without an escape',
    );
  return Object.fromEntries(keys.map((key, i) => [key, fields[i]?.[1]]));
}
