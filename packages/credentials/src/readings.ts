import { LayerDecoder } from './layer-decoder.ts';
import { readPlain, type Reading } from './reading.ts';
import { alphabetOf, nextRun } from './runs.ts';
import { undoEscapes, withoutNul } from './unescape.ts';

/** Maximum number of layers of escaping that are undone, such as JSON within JSON within a query. */
const MAX_ESCAPE_LAYERS = 4;
/** Maximum number of layers of escaping that are undone in text that was decoded. */
const MAX_INNER_ESCAPE_LAYERS = 2;
/** Maximum number of nested encodings, such as a Basic header in an API gateway's base64 of a request. */
const MAX_ENCODINGS = 2;
/**
 * Limits the bytes of all readings of a text to a multiple of its length. Base64 of base64 in JSON needs a factor of
 * 24.
 */
const MAX_BYTES_PER_BYTE = 32;

/**
 * Decoded bytes are searched for escapes and encodings only if they contain this many consecutive printable characters.
 * Ordinary text becomes noise when it is decoded, and noise hardly ever contains a run of this length.
 */
const MIN_PRINTABLE = 8;
const PRINTABLE = alphabetOf(
  `\t\n\r${Array.from({ length: 95 }, (_, i) => String.fromCharCode(0x20 + i)).join('')}`,
);
const UTF_16 = new RegExp(String.raw`(?:[^\0]\0){${MIN_PRINTABLE}}`);

interface KindOfReading {
  reading: Reading;
  /** `base64`: digits that may have lost their case, as in the name of a header. */
  kind: 'text' | 'base64';
}

/**
 * Yields all readings of a text: first unchanged, then with its escapes undone layer by layer. In each of these
 * readings, base64, hexadecimal and lists of bytes are decoded, and the results are read in the same way.
 * @param minBytes length of the shortest text that is searched for
 */
export function* readingsOf(text: string, minBytes: number): Generator<KindOfReading> {
  let bytesLeft = MAX_BYTES_PER_BYTE * (text.length + minBytes);
  for (const one of readAgain(readPlain(text), minBytes, MAX_ENCODINGS)) {
    bytesLeft -= one.reading.bytes.length;
    if (bytesLeft < 0) return;
    yield one;
  }
}

/** Yields a reading, and then the same reading with its escapes undone, layer by layer. */
export function* unescapings(source: Reading, maxLayers = MAX_ESCAPE_LAYERS): Generator<Reading> {
  let reading: Reading | null = source;
  for (let layer = 0; reading && layer <= maxLayers; layer++) {
    yield reading;
    reading = undoEscapes(reading);
  }
}

function* readAgain(source: Reading, minBytes: number, encodings: number): Generator<KindOfReading> {
  const maxLayers = encodings === MAX_ENCODINGS ? MAX_ESCAPE_LAYERS : MAX_INNER_ESCAPE_LAYERS;
  const decoder = new LayerDecoder(minBytes);
  for (const reading of unescapings(source, maxLayers)) {
    yield { reading, kind: 'text' };
    if (encodings === 0) continue;
    const { text, base64 } = decoder.decode(reading);
    if (base64) yield { reading: base64, kind: 'base64' };
    for (const inner of text) {
      if (hasText(inner.bytes)) yield* readAgain(inner, minBytes, encodings - 1);
      else yield { reading: inner, kind: 'text' };
      if (hasUtf16(inner.bytes)) yield* readAgain(withoutNul(inner), minBytes, encodings - 1);
    }
  }
}

function hasText(bytes: string): boolean {
  return nextRun(bytes, { alphabet: PRINTABLE, minLength: MIN_PRINTABLE }, 0) !== null;
}

function hasUtf16(bytes: string): boolean {
  return bytes.includes('\0') && UTF_16.test(bytes);
}
