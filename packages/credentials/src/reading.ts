/** A stretch of a text, in UTF-16 units; `to` is exclusive. */
export interface Span {
  from: number;
  to: number;
}

/** One way to read a text, as bytes that know where in the text they are written. */
export interface Reading {
  /** UTF-8, one character (U+0000 to U+00FF) a byte. */
  bytes: string;
  /** Where the bytes from `start` to `end` (exclusive, at least one byte) are written, escapes and digits as a whole. */
  spanOf(start: number, end: number): Span;
}

/** Of each byte the start and the end of what it is written as, in the text or reading it was made from. */
interface Places {
  starts: ArrayLike<number>;
  ends: ArrayLike<number>;
}

/** A text as it stands. */
export function textReading(text: string): Reading {
  const asItStands: Reading = { bytes: text, spanOf: (from, to) => ({ from, to }) };
  // Equal for ASCII only.
  if (Buffer.byteLength(text) === text.length) return asItStands;
  return derivedReading(asItStands, Buffer.from(text).toString('latin1'), (length) =>
    charPlaces(text, length),
  );
}

/**
 * A reading made from another one.
 * @param locate is called for the first match only: most readings have none
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

/** The bytes of one character have one place. */
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
