import { derivedReading, type Reading, type Span } from './reading.ts';
import { NewRuns } from './new-runs.ts';
import { alphabetOf, runsOf } from './runs.ts';

/** Number of base64 digits that encode 8 bytes, without padding. Shorter runs are mostly ordinary words and numbers. */
const MIN_DIGITS = 11;

const DECIMAL = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const SEPARATORS = ' :,-"\'\t\r\n';
/** Both base64 alphabets of RFC 4648, with the line breaks of MIME (RFC 2045, section 6.8). */
const BASE64 = alphabetOf(`${LETTERS}${LETTERS.toUpperCase()}${DECIMAL}+/-_\r\n`);
/** Each byte may have a separator or a prefix: `48:65`, `48-65`, `48 65`, `0x48, 0x65`, `"48","65"`. */
const HEXADECIMAL = alphabetOf(`${DECIMAL}abcdefABCDEFxX${SEPARATORS}`);
/** Numbers of one byte each: `[72,101]`, `{"0":72,"1":101}`. */
const BYTE_LIST = alphabetOf(`${DECIMAL}${SEPARATORS}`);

/** Results of decoding one layer of a reading. */
interface Decodings {
  /** Decoded base64, hexadecimal digits and lists of bytes. */
  text: Reading[];
  /**
   * Base64 digits without line breaks, to be searched for encoded secrets: in a header name, the digits are in lower
   * case and cannot be decoded.
   */
  base64: Reading | null;
}

/**
 * Decodes the layers of one reading, starting with the outermost. A run that several layers contain at the same place
 * is decoded only once.
 */
export class LayerDecoder {
  readonly #minBytes: number;
  readonly #base64 = new NewRuns();
  readonly #hexadecimal = new NewRuns();
  readonly #byteLists = new NewRuns();

  /** @param minBytes length of the shortest text that is searched for; runs too short for it are skipped */
  constructor(minBytes: number) {
    this.#minBytes = minBytes;
  }

  decode(layer: Reading): Decodings {
    const base64 = this.#base64Digits(layer);
    const hexadecimal = this.#hexadecimalDigits(layer);
    const listed = this.#listedBytes(layer);
    const text = [
      // One reading for each digit that may begin a group, because other text may precede the encoded data in a run.
      ...(base64 ? [0, 1, 2, 3].map((phase) => decoded(base64, { encoding: 'base64', bits: 6, phase })) : []),
      ...(hexadecimal
        ? [0, 1].map((phase) => decoded(hexadecimal, { encoding: 'hex', bits: 4, phase }))
        : []),
      ...(listed ? [listed] : []),
    ];
    return { text, base64 };
  }

  #base64Digits(layer: Reading): Reading | null {
    const minLength = Math.max(MIN_DIGITS, Math.ceil((this.#minBytes * 8) / 6));
    const runs = this.#base64.in(layer, runsOf(layer.bytes, BASE64, minLength));
    return digitsIn(layer, runs, /[\r\n]+/g);
  }

  #hexadecimalDigits(layer: Reading): Reading | null {
    const minLength = Math.max(MIN_DIGITS, this.#minBytes * 2);
    const runs = this.#hexadecimal.in(layer, runsOf(layer.bytes, HEXADECIMAL, minLength));
    return digitsIn(layer, runs, /0x|[^0-9a-f]+/gi);
  }

  #listedBytes(layer: Reading): Reading | null {
    const minLength = Math.max(MIN_DIGITS, this.#minBytes * 2 - 1);
    const runs = this.#byteLists.in(layer, runsOf(layer.bytes, BYTE_LIST, minLength));
    return listedBytes(layer, runs, this.#minBytes);
  }
}

/**
 * Joins the digits of all runs, without the characters between them. Each run is decoded correctly at one of the
 * phases, wherever the run before it ends. Returns null if there are too few digits.
 */
function digitsIn(source: Reading, runs: readonly Span[], between: RegExp): Reading | null {
  const text = runs.map(({ from, to }) => source.bytes.slice(from, to).replace(between, '')).join('');
  if (text.length < MIN_DIGITS) return null;
  let positions: Uint32Array | undefined;
  return {
    bytes: text,
    spanOf: (start, end) => {
      // Computed at the first match, because most readings have no match.
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
  /** Number of bits per digit. */
  bits: number;
  /** Number of digits before the first group. */
  phase: number;
}

function decoded(digits: Reading, { encoding, bits, phase }: Encoding): Reading {
  return {
    bytes: Buffer.from(digits.bytes.slice(phase), encoding).toString('latin1'),
    spanOf: (start, end) =>
      digits.spanOf(phase + Math.floor((start * 8) / bits), phase + Math.ceil((end * 8) / bits)),
  };
}

/** Matches a key of `{"0":72,"1":101}`, or a number. A minus after a digit is a separator. */
const LISTED = /"\d{1,5}"\s*:|(?<!\d)-?\d+/g;
/** A byte that never occurs in UTF-8. */
const NOT_A_BYTE = 0xff;

/**
 * Decodes lists of bytes that are written as decimal numbers, signed or not. Returns null if there are too few bytes.
 */
function listedBytes(source: Reading, runs: readonly Span[], minBytes: number): Reading | null {
  const bytes: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { from, to } of runs) {
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
