import { placeOf, type Reading, readingsOf } from './readings.ts';

/** Replaces known secrets in text from outside, because endpoints echo what they were sent. */
export interface SecretFilter {
  /**
   * Replaces the secrets in plain form and in the encodings in which they are echoed or rendered: escaped for URLs,
   * forms, JSON and markup, once or several times; base64 and hexadecimal; in upper or lower case.
   */
  redact(text: string): string;
  /** Maximum number of bytes that a secret occupies in a text; a truncated text may end with the beginning of one. */
  readonly longestFormBytes: number;
}

export const REDACTED = '[redacted]';

/** Shorter strings occur in ordinary text by chance, and replacing them would only reveal them. */
const MIN_SECRET_LENGTH = 4;
/** Base64 fragments of shorter secrets are so short that they occur in other text by chance. */
const MIN_ALIGNED_BYTES = 8;
/** An escape that was escaped again in JSON, such as `\\\\u002f`, takes 9 bytes for one. */
const MAX_BYTES_PER_BYTE = 12;

const NOTHING_TO_HIDE: SecretFilter = { redact: (text) => text, longestFormBytes: 0 };

export function createSecretFilter(secrets: readonly string[]): SecretFilter {
  const known = secrets.filter(({ length }) => length >= MIN_SECRET_LENGTH);
  if (known.length === 0) return NOTHING_TO_HIDE;
  let wanted: readonly string[] | undefined;
  return {
    redact(text) {
      // Many filters are never used, because a call without a response leaves little to filter.
      wanted ??= [...new Set(known.flatMap(formsOf).map(fold))];
      return replacePlaces(text, placesOf(wanted, readingsOf(text)));
    },
    longestFormBytes: MAX_BYTES_PER_BYTE * Math.max(...known.map((secret) => Buffer.byteLength(secret))),
  };
}

/** Lists the forms in which a secret may appear in a reading, written like the bytes of a reading. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // HTTP header values are decoded as latin1, and so are passwords by many servers.
  const texts = [secret, bytes.toString('latin1')];
  // A secret that contains escapes itself loses them in a reading, so its own readings are looked for too.
  const read = texts.flatMap((text) => readingsOf(text).map((reading) => reading.bytes));
  return [
    ...read.filter(({ length }) => length >= MIN_SECRET_LENGTH),
    bytes.toString('hex'),
    ...base64(bytes),
  ];
}

/**
 * Lists the base64 of a secret at each of its three possible offsets in a longer text, without the characters that
 * depend on neighbouring bytes.
 */
function base64(bytes: Buffer): string[] {
  const offsets = bytes.length < MIN_ALIGNED_BYTES ? [0] : [0, 1, 2];
  return offsets.flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const start = Math.ceil((offset * 8) / 6);
    const end = Math.floor((padded.length * 8) / 6);
    return (['base64', 'base64url'] as const).flatMap((alphabet) => {
      const text = padded.toString(alphabet).replace(/=+$/, '');
      // The secret may be the end of the encoded data or be followed by more.
      return [text.slice(start), text.slice(start, end)];
    });
  });
}

/** Normalises case, which varies in header names and hexadecimal digits, and `+`, which means a space in forms. */
function fold(bytes: string): string {
  return bytes.toLowerCase().replaceAll('+', ' ');
}

interface Place {
  from: number;
  to: number;
}

function placesOf(wanted: readonly string[], readings: readonly Reading[]): Place[] {
  return readings.flatMap((reading) => {
    const bytes = fold(reading.bytes);
    return wanted.flatMap((form) => {
      const places: Place[] = [];
      for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, at + form.length))
        places.push(placeOf(reading, at, at + form.length));
      return places;
    });
  });
}

/** Replaces each place once; places overlap if one form contains another. */
function replacePlaces(text: string, places: Place[]): string {
  let result = '';
  let done = 0;
  for (const { from, to } of places.sort((a, b) => a.from - b.from)) {
    if (from >= done) result += text.slice(done, from) + REDACTED;
    done = Math.max(done, to);
  }
  return result + text.slice(done);
}
