import type { Span } from './reading.ts';
import { readingsOf } from './readings.ts';
import { redactSpans } from './redact-spans.ts';
import { foldCase, MIN_SECRET_LENGTH, SecretForms } from './secret-forms.ts';
import { isWholeToken } from './whole-token.ts';

export { REDACTED } from './redact-spans.ts';

/** Replaces known secrets in text that strangers wrote: endpoints echo what they were sent. */
export interface SecretFilter {
  /**
   * Hides the secrets as they are and in the ways in which they are echoed, or were rendered by ourselves: escaped for
   * URLs, forms, JSON, Markdown, shells and markup, also in layers; in base64, hexadecimal or lists of bytes, two of these
   * inside each other at most; in any case. Secrets under 8 characters are hidden as whole tokens only. JSON stays JSON.
   * Takes time that is linear in the text and in the secrets, whatever they are.
   */
  redact(text: string): string;
  /** Maximum bytes that a secret takes in a text: the end of a cut text may contain the beginning of one. */
  readonly longestFormBytes: number;
}

/** An escape within a text within JSON, such as `\\\\u002f`, takes 9 bytes for one, and its base64 12. */
const MAX_BYTES_PER_BYTE = 12;

const NOTHING_TO_HIDE: SecretFilter = { redact: (text) => text, longestFormBytes: 0 };

export function createSecretFilter(secrets: readonly string[]): SecretFilter {
  const known = secrets.filter(({ length }) => length >= MIN_SECRET_LENGTH);
  if (known.length === 0) return NOTHING_TO_HIDE;
  let forms: SecretForms | undefined;
  return {
    redact(text) {
      // Many filters are never used: calls without an answer show little.
      forms ??= new SecretForms(known);
      return redactSpans(text, spansOf(forms, text));
    },
    longestFormBytes: MAX_BYTES_PER_BYTE * Math.max(...known.map((secret) => Buffer.byteLength(secret))),
  };
}

function spansOf(forms: SecretForms, text: string): Span[] {
  const spans: Span[] = [];
  for (const { reading, kind } of readingsOf(text, forms.minBytes)) {
    const folded = foldCase(reading.bytes);
    for (const { pattern, wholeToken } of forms[kind]) {
      const { length } = pattern.text;
      const accepts = (at: number): boolean => !wholeToken || isWholeToken(reading.bytes, at, at + length);
      for (const at of pattern.placesIn(folded, accepts)) spans.push(reading.spanOf(at, at + length));
    }
  }
  return spans;
}
