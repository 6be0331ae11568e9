import { derivedReading, type Reading, type Span } from './reading.ts';
import { alphabetOf, runsOf } from './runs.ts';

/** Digits of the base64 of 8 bytes, without padding. Shorter runs are mostly ordinary words and numbers. */
const MIN_DIGITS = 11;

const DECIMAL = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const SEPARATORS = ' :,-"\'\t\r\n';
/** Both alphabets of RFC 4648, with the line breaks of MIME (RFC 2045, section 6.8). */
const BASE64 = alphabetOf(`${LETTERS}${LETTERS.toUpperCase()}${DECIMAL}+/-_\r\n`);
/** Each byte may have a separator or a prefix: `48:65`, `48-65`, `48 65`, `0x48, 0x65`, `"48","65"`. */
const HEXADECIMAL = alphabetOf(`${DECIMAL}abcdefABCDEFxX${SEPARATORS}`);
/** Numbers of one byte each: `[72,101]`, `{"0":72,"1":101}`. */
const BYTE_LIST = alphabetOf(`${DECIMAL}${SEPARATORS}`);

/** Results of decoding the base64 in a reading. */
interface Base64Readings {
  /** The digits themselves, without line breaks: as the name of a header they are in lower case and cannot be decoded. */
  digits: Reading;
  /** One for each of the four digits that may begin a group, because a run may begin with other text. */
  decoded: Reading[];
}

/**
 * Decodes the base64 in a reading.
 * @param minBytes length of the shortest text that is looked for; runs that are too short for it are left out
 * @returns null if there is none
 */
export function base64Readings(source: Reading, minBytes: number): Base64Readings | null {
  const minLength = Math.max(MIN_DIGITS, Math.ceil((minBytes * 8) / 6));
  const runs = runsOf(source.bytes, BASE64, minLength);
  const digits = digitsIn(source, runs, /[\r\n]+/g);
  if (digits.bytes.length < MIN_DIGITS) return null;
  return {
    digits,
    decoded: [0, 1, 2, 3].map((phase) => decodedDigits(digits, { encoding: 'base64', bits: 6, phase })),
  };
}

/** Decodes the hexadecimal digits in a reading, once for each of the two digits that may begin a byte. */
export function hexadecimalReadings(source: Reading, minBytes: number): Reading[] {
  const runs = runsOf(source.bytes, HEXADECIMAL, Math.max(MIN_DIGITS, minBytes * 2));
  const digits = digitsIn(source, runs, /0x|[^0-9a-f]+/gi);
  if (digits.bytes.length < MIN_DIGITS) return [];
  return [0, 1].map((phase) => decodedDigits(digits, { encoding: 'hex', bits: 4, phase }));
}

/**
 * Joins the digits of all runs, without the characters between them. Each run is decoded correctly at one of the phases,
 * wherever the run before it ends.
 */
function digitsIn(source: Reading, runs: readonly Span[], between: RegExp): Reading {
  const text = runs.map(({ from, to }) => source.bytes.slice(from, to).replace(between, '')).join('');
  let positions: Uint32Array | undefined;
  return {
    bytes: text,
    spanOf: (start, end) => {
      // Computed at the first match, because most readings have none.
      positions ??= positionsIn(source.bytes, runs, { between, length: text.length });
      return source.spanOf(positions[start] ?? 0, (positions[end - 1] ?? 0) + 1);
    },
  };
}

function positionsIn(
  bytes: string,
  runs: readonly Span[],
  { between, length }: { between: RegExp; length: number },
): Uint32Array {
  const positions = new Uint32Array(length);
  let digit = 0;
  for (const { from, to } of runs) {
    let at = from;
    const noteUntil = (end: number): void => {
      while (at < end) positions[digit++] = at++;
    };
    for (const { index, 0: separator } of bytes.slice(from, to).matchAll(between)) {
      noteUntil(from + index);
      at += separator.length;
    }
    noteUntil(to);
  }
  return positions;
}

interface Encoding {
  encoding: 'base64' | 'hex';
  /** Bits of one digit. */
  bits: number;
  /** Digits before the first group. */
  phase: number;
}

function decodedDigits(digits: Reading, { encoding, bits, phase }: Encoding): Reading {
  return {
    bytes: Buffer.from(digits.bytes.slice(phase), encoding).toString('latin1'),
    spanOf: (start, end) =>
      digits.spanOf(phase + Math.floor((start * 8) / bits), phase + Math.ceil((end * 8) / bits)),
  };
}

/** Matches a key of `{"0":72,"1":101}`, or a number. A minus after a digit is a separator. */
const LISTED = /"\d{1,5}"\s*:|(?<!\d)-?\d+/g;
/** Occurs in no UTF-8. */
const NOT_A_BYTE = 0xff;

/** Decodes lists of bytes that are written as decimal numbers, signed or not. Returns null if there are none. */
export function byteListReading(source: Reading, minBytes: number): Reading | null {
  const bytes: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { from, to } of runsOf(source.bytes, BYTE_LIST, Math.max(MIN_DIGITS, minBytes * 2 - 1))) {
    for (const { index, 0: item } of source.bytes.slice(from, to).matchAll(LISTED)) {
      if (item.startsWith('"')) continue;
      bytes.push(byteOf(item));
      starts.push(from + index);
      ends.push(from + index + item.length);
    }
    bytes.push(NOT_A_BYTE);
    starts.push(to);
    ends.push(to);
  }
  if (bytes.length <= minBytes) return null;
  return derivedReading(source, Buffer.from(bytes).toString('latin1'), () => ({ starts, ends }));
}

function byteOf(item: string): number {
  const value = item.length > 4 ? Number.NaN : Number(item);
  return value >= -128 && value <= 255 ? value & 0xff : NOT_A_BYTE;
}
