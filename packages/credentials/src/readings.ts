/** Bytes of a text, and the position in the text from which each byte was read. */
export interface Reading {
  /** UTF-8 bytes, each as one character (U+0000 to U+00FF). */
  bytes: string;
  /**
   * Position in the text of the character or escape from which byte `i` was read, followed by the text's length. Null
   * if byte `i` is character `i`.
   */
  places: ArrayLike<number> | null;
}

/** Maximum number of layers of escaping that are undone, such as JSON within JSON within a query. */
const MAX_LAYERS = 4;

/**
 * Reads a text in every way: unchanged, and with its escapes undone, layer by layer. Percent-encoding, string escapes
 * of JSON and similar languages, and references of HTML and XML are undone together, because an echo may mix them.
 */
export function readingsOf(text: string): Reading[] {
  const readings: Reading[] = [];
  let reading: Reading | null = readPlain(text);
  while (reading && readings.length <= MAX_LAYERS) {
    readings.push(reading);
    reading = undoEscapes(reading);
  }
  return readings;
}

/** Finds the part of the text from which the bytes from `start` to `end` were read. */
export function placeOf({ places }: Reading, start: number, end: number): { from: number; to: number } {
  if (places === null) return { from: start, to: end };
  const last = places[end - 1];
  let next = end;
  // All bytes of one character have the same position.
  while (next < places.length - 1 && places[next] === last) next++;
  return { from: places[start] ?? 0, to: places[next] ?? 0 };
}

// oxlint-disable-next-line no-control-regex -- all of ASCII
const ASCII = /^[\0-\x7f]*$/;

function readPlain(text: string): Reading {
  if (ASCII.test(text)) return { bytes: text, places: null };
  const utf8 = Buffer.from(text);
  const places = new Uint32Array(utf8.length + 1);
  let at = 0;
  let byte = 0;
  for (const char of text) {
    for (const end = byte + utf8Length(char); byte < end; byte++) places[byte] = at;
    at += char.length;
  }
  places[byte] = at;
  return { bytes: utf8.toString('latin1'), places };
}

function utf8Length(char: string): number {
  if (char < '\x80') return 1;
  if (char < '\u0800') return 2;
  return char.length === 1 ? 3 : 4;
}

const ESCAPE = new RegExp(
  [
    String.raw`(?:%|\\x)(?<byte>[0-9a-f]{2})`,
    String.raw`\\u(?<high>d[89ab][0-9a-f]{2})\\u(?<low>d[c-f][0-9a-f]{2})`,
    String.raw`\\u(?<unit>[0-9a-f]{4})`,
    String.raw`\\(?<short>["'\\/bfnrt])`,
    String.raw`&#(?<decimal>\d{1,7});`,
    String.raw`&#x(?<hex>[0-9a-f]{1,6});`,
    String.raw`&(?<name>amp|lt|gt|quot|apos);`,
  ].join('|'),
  'gi',
);
const SHORT: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const ESCAPE_BEGINS = /[%\\&]/;

/** @returns null if nothing is escaped */
function undoEscapes({ bytes, places }: Reading): Reading | null {
  // Most texts contain no escape, and most of those no character that could begin one.
  if (!ESCAPE_BEGINS.test(bytes)) return null;
  const placeAt = (byte: number): number => (places === null ? byte : (places[byte] ?? 0));
  const parts: string[] = [];
  // No escape is shorter than the bytes it represents.
  const left = new Uint32Array(bytes.length + 1);
  let length = 0;
  let done = 0;
  const keep = (end: number): void => {
    parts.push(bytes.slice(done, end));
    while (done < end) left[length++] = placeAt(done++);
  };
  for (const { index, 0: escape, groups = {} } of bytes.matchAll(ESCAPE)) {
    keep(index);
    const decoded = decodeEscape(groups);
    parts.push(decoded);
    for (let i = 0; i < decoded.length; i++) left[length++] = placeAt(index);
    done += escape.length;
  }
  if (done === 0) return null;
  keep(bytes.length);
  left[length] = placeAt(bytes.length);
  return { bytes: parts.join(''), places: left.subarray(0, length + 1) };
}

function decodeEscape(escape: Readonly<Record<string, string | undefined>>): string {
  const { byte, high, low, unit, short, decimal, hex, name } = escape;
  if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16));
  if (high !== undefined && low !== undefined)
    return utf8(String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)));
  if (unit !== undefined) return utf8(String.fromCharCode(Number.parseInt(unit, 16)));
  if (short !== undefined) return SHORT[short] ?? short;
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? '';
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code <= 0x10_ffff ? utf8(String.fromCodePoint(code)) : '';
}

function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}
