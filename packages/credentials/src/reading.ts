/** A part of a text, in UTF-16 units; `to` is exclusive. */
export interface Span {
  from: number;
  to: number;
}

/** Bytes that were read from a text, and their places in the text. */
export interface Reading {
  /** UTF-8 bytes, each as one character (U+0000 to U+00FF). */
  bytes: string;
  /** Finds the part of the text from which the bytes from `start` to `end` (exclusive, at least one) were read. */
  spanOf(start: number, end: number): Span;
}

/** Start and end of the characters from which each byte was read. */
interface Places {
  starts: ArrayLike<number>;
  ends: ArrayLike<number>;
}

/** Reads a text unchanged. */
export function readPlain(text: string): Reading {
  const plain: Reading = { bytes: text, spanOf: (from, to) => ({ from, to }) };
  // The lengths are equal for ASCII only.
  if (Buffer.byteLength(text) === text.length) return plain;
  return derivedReading(plain, Buffer.from(text).toString('latin1'), (length) => charPlaces(text, length));
}

/**
 * Builds a reading whose bytes were decoded from those of another reading.
 * @param locate called once, at the first match, because most readings have no match
 */
export function derivedReading(source: Reading, bytes: string, locate: (length: number) => Places): Reading {
  let places: Places | undefined;
  return {
    bytes,
    spanOf: (start, end) => {
      places ??= locate(bytes.length);
      return source.spanOf(places.starts[start] ?? 0, places.ends[end - 1] ?? 0);
    },
  };
}

/** Returns the place of every byte; the bytes of one character have the same place. */
function charPlaces(text: string, length: number): Places {
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  let at = 0;
  let byte = 0;
  for (const char of text) {
    const end = byte + utf8Length(char);
    starts.fill(at, byte, end);
    at += char.length;
    ends.fill(at, byte, end);
    byte = end;
  }
  return { starts, ends };
}

function utf8Length(char: string): number {
  if (char < '\x80') return 1;
  if (char < '\u0800') return 2;
  return char.length === 1 ? 3 : 4;
}
