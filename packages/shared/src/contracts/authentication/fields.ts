import { Type } from 'typebox';
import type { AuthField } from './kind.ts';

/** Visible ASCII, with spaces only between words. A header carries such a value unchanged (RFC 9110, section 5.5). */
const HEADER_SAFE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const CONTROL = /\p{Cc}/u;

/** Describes a secret of at most 8,192 characters. Requests may contain it; responses never do. */
export function secretText(description: string): AuthField {
  return { schema: Type.String({ maxLength: 8_192, description, writeOnly: true }) };
}

/** Describes a secret that a header carries unchanged. */
export function headerSecret(description: string): AuthField {
  const problem = (value: string): string | null =>
    HEADER_SAFE.test(value)
      ? null
      : 'must not be empty and may contain only visible ASCII characters, with spaces only between them';
  return { ...secretText(description), problem };
}

export function holdsControlCharacter(value: string): boolean {
  return CONTROL.test(value);
}
