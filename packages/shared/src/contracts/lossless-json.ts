/**
 * Lossless JSON: an integer that a double cannot represent exactly (64-bit ids are common in webhooks) becomes a
 * BigInt when it is parsed, and is written with the same digits.
 */

/** A double holds every integer of up to 15 digits, so only longer runs of digits need the slower parser. */
export const LONG_DIGITS = /\d{16}/;
const INTEGER = /^-?\d+$/;

type Reviver = (this: unknown, key: string, value: unknown) => unknown;

/** `JSON.rawJSON` (Node 22 and later), which TypeScript's library does not declare yet. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

/**
 * `JSON.parse` passes the source text of a number to its reviver, which TypeScript's library does not declare either.
 */
function longIntegersAs(make: (digits: string) => unknown): Reviver {
  const revive = (_key: string, value: unknown, { source }: { source?: string }): unknown => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    return source !== undefined && INTEGER.test(source) ? make(source) : value;
  };
  return revive as unknown as Reviver;
}

const keepLongIntegers = longIntegersAs(BigInt);
const rawLongIntegers = longIntegersAs(rawJSON);

function writeLongIntegers(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawJSON(value.toString()) : value;
}

/**
 * Parses JSON text; integers beyond 2^53 are returned as BigInt.
 * @throws SyntaxError if the text is not valid JSON
 */
export function parseJson(text: string): unknown {
  return LONG_DIGITS.test(text) ? JSON.parse(text, keepLongIntegers) : JSON.parse(text);
}

/**
 * Parses JSON text into a value that is meant only for `JSON.stringify`, which then writes long integers with all their
 * digits.
 * @throws SyntaxError if the text is not valid JSON
 */
export function parseJsonToWrite(text: string): unknown {
  return LONG_DIGITS.test(text) ? JSON.parse(text, rawLongIntegers) : JSON.parse(text);
}

/** An escaped backslash (kept, so that the one after it is not misread) or the escape of an unpaired surrogate. */
const ESCAPED_SURROGATE = /\\\\|\\ud[89a-f][0-9a-f]{2}/g;

/**
 * Returns the JSON text of a value; `undefined` becomes `null`. Unpaired surrogates become U+FFFD, in keys too.
 * @throws RangeError if the value is nested deeper than the stack allows
 */
export function stringifyJson(value: unknown): string {
  const text = (JSON.stringify(value, writeLongIntegers) as string | undefined) ?? 'null';
  if (!text.includes('\\ud')) return text;
  return text.replace(ESCAPED_SURROGATE, (escape) => (escape === '\\\\' ? escape : '\ufffd'));
}
