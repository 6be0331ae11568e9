import { base64Readings, byteListReading, hexadecimalReadings } from './decodings.ts';
import { type Reading, textReading } from './reading.ts';
import { unescaped } from './unescape.ts';

/** How often an escaped text is escaped again, as JSON within JSON within a query, at most. */
const MAX_ESCAPE_LAYERS = 4;
/** Also within what was encoded. */
const MAX_INNER_ESCAPE_LAYERS = 2;
/** As in an API gateway's base64 of a request that has a Basic header. */
const MAX_ENCODINGS = 2;
/** Readings of a text take at most this many times its bytes; only texts made for it take more than a few times. */
const MAX_BYTES_PER_BYTE = 40;

/** What is decoded from ordinary text is noise, which hardly ever has this many characters of ASCII or UTF-16 in a row. */
const PRINTABLE = /[\t\n\r -~]{8}|(?:[^\0]\0){8}/;

export interface KindOfReading {
  reading: Reading;
  /** `base64`: digits that may have lost their case. */
  kind: 'text' | 'base64';
}

/**
 * The ways to read a text: as it stands, with its escapes undone layer by layer, and each of these with its base64,
 * hexadecimal and byte lists decoded, and read again. All together are bounded by a multiple of the text's length.
 * @param minBytes length of the shortest text that is wanted
 */
export function* readingsOf(text: string, minBytes: number): Generator<KindOfReading> {
  let bytesLeft = MAX_BYTES_PER_BYTE * (text.length + minBytes);
  for (const one of readAgain(textReading(text), minBytes, MAX_ENCODINGS)) {
    bytesLeft -= one.reading.bytes.length;
    if (bytesLeft < 0) return;
    yield one;
  }
}

/** A reading, and with its escapes undone, layer by layer. */
export function* unescapings(source: Reading, maxLayers = MAX_ESCAPE_LAYERS): Generator<Reading> {
  let reading: Reading | null = source;
  for (let layer = 0; reading && layer <= maxLayers; layer++) {
    yield reading;
    reading = unescaped(reading);
  }
}

function* readAgain(source: Reading, minBytes: number, encodings: number): Generator<KindOfReading> {
  const maxLayers = encodings === MAX_ENCODINGS ? MAX_ESCAPE_LAYERS : MAX_INNER_ESCAPE_LAYERS;
  for (const reading of unescapings(source, maxLayers)) {
    yield { reading, kind: 'text' };
    if (encodings === 0) continue;
    const base64 = base64Readings(reading, minBytes);
    if (base64) yield { reading: base64.digits, kind: 'base64' };
    const decoded = [...(base64?.decoded ?? []), ...hexadecimalReadings(reading, minBytes)];
    const listed = byteListReading(reading, minBytes);
    for (const inner of listed ? [...decoded, listed] : decoded) {
      if (PRINTABLE.test(inner.bytes)) yield* readAgain(inner, minBytes, encodings - 1);
      else yield { reading: inner, kind: 'text' };
    }
  }
}
