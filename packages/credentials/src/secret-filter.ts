import type { Span } from './reading.ts';
import { readingsOf } from './readings.ts';
import { redactSpans } from './redact-spans.ts';
import { fold, MIN_SECRET_LENGTH, SecretForms } from './secret-forms.ts';
import { isWholeToken } from './whole-token.ts';

export { REDACTED } from './redact-spans.ts';
export { isShort as isShortSecret } from './secret-forms.ts';

/** Replaces known secrets in text from outside, because endpoints echo what they were sent. */
export interface SecretFilter {
  /**
   * Replaces the secrets in plain form and in the encodings in which they are echoed or rendered, in upper or lower
   * case. The encodings are escapes for URLs, forms, JSON, Markdown, shells and markup, applied once or several times,
   * and base64, hexadecimal and lists of bytes, even nested. Secrets under 8 characters are replaced only as whole
   * tokens, those under 4 characters not at all. JSON remains valid. The time is linear in the length of the text and
   * in that of the secrets, even if an attacker chose both to make the search slow.
   */
  redact(text: string): string;
  /**
   * Maximum number of bytes that a secret occupies in a text, for callers that truncate texts, because the cut may be
   * in the middle of a secret.
   */
  readonly longestFormBytes: number;
}

/**
 * An escape that was escaped again in JSON, such as `\\\\u002f`, takes 9 bytes per byte of the secret; its base64 takes
 * 12.
 */
const MAX_BYTES_PER_BYTE = 12;

const NOTHING_TO_HIDE: SecretFilter = { redact: (text) => text, longestFormBytes: 0 };

export function createSecretFilter(secrets: readonly string[]): SecretFilter {
  const known = secrets.filter(({ length }) => length >= MIN_SECRET_LENGTH);
  if (known.length === 0) return NOTHING_TO_HIDE;
  let forms: SecretForms | undefined;
  return {
    redact(text) {
      // Built on first use, because many filters are never used: a call without a response leaves little to filter.
      forms ??= new SecretForms(known);
      return redactSpans(text, spansOf(forms, text));
    },
    longestFormBytes: MAX_BYTES_PER_BYTE * Math.max(...known.map((secret) => Buffer.byteLength(secret))),
  };
}

function spansOf(forms: SecretForms, text: string): Span[] {
  const spans: Span[] = [];
  for (const { reading, kind } of readingsOf(text, forms.minBytes)) {
    const folded = fold(reading.bytes);
    for (const { pattern, wholeToken } of forms[kind]) {
      const { length } = pattern.text;
      const accepts = (at: number): boolean => !wholeToken || isWholeToken(reading.bytes, at, at + length);
      for (const at of pattern.placesIn(folded, accepts)) spans.push(reading.spanOf(at, at + length));
    }
  }
  return spans;
}
