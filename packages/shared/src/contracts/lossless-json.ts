import { endOfString } from './json-string.ts';
import { type NumberRule, replaceNumbers } from './replace-numbers.ts';

/**
 * Lossless JSON: an integer outside the safe range of a double (64-bit ids are common in webhooks) becomes a BigInt
 * when it is parsed, and is written with the same digits.
 */

/** A double represents every integer of up to 15 digits exactly; only longer runs of digits need a second look. */
const LONG_DIGITS = /\d{16}/;
/** Matches part of every number that JavaScript would write differently. */
const ODD_NUMBER = /\d[.eE]|\d{16}|-0/;
const INTEGER = /^-?\d+$/;

/**
 * Maximum number of digits of an integer that is kept exactly. The time to convert between digits and a BigInt grows
 * with the square of the number of digits: a million digits take 0.4 s.
 */
export const MAX_INTEGER_DIGITS = 100;

/** Error for valid JSON that contains an integer of more than 100 digits. */
export class LongNumberError extends SyntaxError {
  override readonly name = 'LongNumberError';

  constructor() {
    super(`a number has more than ${MAX_INTEGER_DIGITS} digits; send it as a string, in quotes`);
  }
}

/** `JSON.rawJSON` (Node 22 and later), which TypeScript's library does not declare yet. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => unknown;
  isRawJSON: (value: unknown) => boolean;
};

/** Integers outside the safe range become BigInts. */
const LONG_INTEGERS: NumberRule = {
  minLength: 16,
  applies: (text) => INTEGER.test(text) && !Number.isSafeInteger(Number(text)),
  make: (text) => {
    if (isTooLong(text)) throw new LongNumberError();
    return BigInt(text);
  },
};

/** Numbers that `JSON.stringify` would write differently keep their text. */
const RAW_NUMBERS: NumberRule = {
  minLength: 2,
  applies: (text) => ODD_NUMBER.test(text) && String(Number(text)) !== text,
  make: rawJSON,
};

function isTooLong(integer: string): boolean {
  return integer.length - (integer.startsWith('-') ? 1 : 0) > MAX_INTEGER_DIGITS;
}

function writeLongIntegers(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawJSON(value.toString()) : value;
}

/**
 * Parses JSON text; integers outside the safe range are returned as BigInts.
 * @throws SyntaxError if the text is not valid JSON; LongNumberError, a subclass, if it contains an integer of more
 *   than 100 digits
 */
export function parseJson(text: string): unknown {
  return withLongIntegers(JSON.parse(text), text);
}

/**
 * Replaces integers outside the safe range in a value with BigInts, in place, like `parseJson`.
 * @param value result of `JSON.parse(text)`
 * @throws LongNumberError if the value contains an integer of more than 100 digits
 */
export function withLongIntegers(value: unknown, text: string): unknown {
  return LONG_DIGITS.test(text) ? replaceNumbers(value, text, LONG_INTEGERS) : value;
}

/** Whether a value is a number that `parseJsonToWrite` keeps as its text. */
export const isRawNumber: (value: unknown) => boolean = isRawJSON;

/** A run of more than 100 digits, within a number or within a string. */
const TOO_LONG_DIGITS = /\d{101}/;
const STRING_OR_NUMBER = /"|-?\d[\d.eE+-]*/g;

/**
 * Refuses valid JSON text with an integer of more than 100 digits, without parsing it.
 * @throws LongNumberError
 */
export function refuseLongIntegers(text: string): void {
  if (!TOO_LONG_DIGITS.test(text)) return;
  const pattern = new RegExp(STRING_OR_NUMBER);
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    if (found[0] === '"') pattern.lastIndex = endOfString(text, found.index);
    else if (INTEGER.test(found[0]) && isTooLong(found[0])) throw new LongNumberError();
  }
}

/**
 * Parses JSON text into a value that is meant only for `JSON.stringify`, which then writes its numbers as in the text.
 * @throws SyntaxError if the text is not valid JSON
 */
export function parseJsonToWrite(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return ODD_NUMBER.test(text) ? replaceNumbers(value, text, RAW_NUMBERS) : value;
}

/**
 * An escaped backslash (left unchanged; matched only so that its second half is not misread) or the escape of an
 * unpaired surrogate.
 */
const ESCAPED_SURROGATE = /\\\\|\\ud[89a-f][0-9a-f]{2}/g;

/**
 * Returns the JSON text of a value; `undefined` becomes `null`. Unpaired surrogates become U+FFFD, in keys too.
 * @throws RangeError if the value is nested deeper than the stack allows
 */
export function stringifyJson(value: unknown): string {
  const text = written(value) ?? 'null';
  if (!text.includes('\\ud')) return text;
  return text.replace(ESCAPED_SURROGATE, (escape) => (escape === '\\\\' ? escape : '\ufffd'));
}

function written(value: unknown): string | undefined {
  try {
    // Without a replacer, `JSON.stringify` takes a tenth of the time.
    return JSON.stringify(value);
  } catch (error) {
    // A TypeError means that the value contains a BigInt.
    if (error instanceof TypeError) return JSON.stringify(value, writeLongIntegers);
    throw error;
  }
}
