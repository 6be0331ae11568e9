import { placeOf, type Reading, readingsOf } from './readings.ts';

/** Replaces known secrets in text that strangers wrote: endpoints echo what they were sent. */
export interface SecretFilter {
  /**
   * Filters the secrets as they are and in the encodings in which they are echoed, or were rendered by ourselves:
   * escaped for URLs, forms, JSON and markup, also in layers; base64 and hexadecimal; in any case.
   */
  redact(text: string): string;
  /** Most bytes that a secret takes in a text: the end of a cut text may hold the beginning of one. */
  readonly longestFormBytes: number;
}

export const REDACTED = '[redacted]';

/** Shorter strings stand in ordinary text by chance, and removing them would only show where. */
const MIN_SECRET_LENGTH = 4;
/** Pieces of base64 of shorter secrets are so short that they stand in other text by chance. */
const MIN_ALIGNED_BYTES = 8;
/** An escape within a text within JSON, such as `\\\\u002f`, takes 9 bytes for one. */
const MOST_BYTES_PER_BYTE = 12;

const NOTHING_TO_HIDE: SecretFilter = { redact: (text) => text, longestFormBytes: 0 };

export function createSecretFilter(secrets: readonly string[]): SecretFilter {
  const known = secrets.filter(({ length }) => length >= MIN_SECRET_LENGTH);
  if (known.length === 0) return NOTHING_TO_HIDE;
  let wanted: readonly string[] | undefined;
  return {
    redact(text) {
      // Many filters are never used: calls without an answer show little.
      wanted ??= [...new Set(known.flatMap(formsOf).map(folded))];
      return withoutPlaces(text, placesOf(wanted, readingsOf(text)));
    },
    longestFormBytes: MOST_BYTES_PER_BYTE * Math.max(...known.map((secret) => Buffer.byteLength(secret))),
  };
}

/** What a secret looks like in a reading: bytes, as readings have them. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Values of HTTP headers are read as latin1, and so are passwords by many servers.
  const texts = [secret, bytes.toString('latin1')];
  // One that holds escapes itself loses them in a reading, as it does in a text that holds it.
  const read = texts.flatMap((text) => readingsOf(text).map((reading) => reading.bytes));
  return [
    ...read.filter(({ length }) => length >= MIN_SECRET_LENGTH),
    bytes.toString('hex'),
    ...base64(bytes),
  ];
}

/** Within a longer text base64 begins at any of three bytes; characters that other bytes have a part in are left out. */
function base64(bytes: Buffer): string[] {
  const offsets = bytes.length < MIN_ALIGNED_BYTES ? [0] : [0, 1, 2];
  return offsets.flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const start = Math.ceil((offset * 8) / 6);
    const end = Math.floor((padded.length * 8) / 6);
    return (['base64', 'base64url'] as const).flatMap((alphabet) => {
      const text = padded.toString(alphabet).replace(/=+$/, '');
      // At the end of what is encoded, and before more.
      return [text.slice(start), text.slice(start, end)];
    });
  });
}

/** Names of headers arrive in lower case, hexadecimal digits as often as not; a form writes a space as a plus. */
function folded(bytes: string): string {
  return bytes.toLowerCase().replaceAll('+', ' ');
}

interface Place {
  from: number;
  to: number;
}

function placesOf(wanted: readonly string[], readings: readonly Reading[]): Place[] {
  return readings.flatMap((reading) => {
    const bytes = folded(reading.bytes);
    return wanted.flatMap((form) => {
      const places: Place[] = [];
      for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, at + form.length))
        places.push(placeOf(reading, at, at + form.length));
      return places;
    });
  });
}

/** Places that overlap are one: a form may hold another one. */
function withoutPlaces(text: string, places: Place[]): string {
  let result = '';
  let done = 0;
  for (const { from, to } of places.sort((a, b) => a.from - b.from)) {
    if (from >= done) result += text.slice(done, from) + REDACTED;
    done = Math.max(done, to);
  }
  return result + text.slice(done);
}
