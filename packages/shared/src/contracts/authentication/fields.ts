import { Type } from 'typebox';
import type { AuthField } from './kind.ts';

/** Visible ASCII, with spaces only within: what travels as it is in a header (RFC 9110, section 5.5). */
const HEADER_SAFE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const CONTROL = /\p{Cc}/u;

/** A secret of at most 8 KiB. It may come with a request and never goes out with an answer. */
export function secretText(description: string): AuthField {
  return { schema: Type.String({ maxLength: 8_192, description, writeOnly: true }) };
}

/** A secret that is sent in a header as it is. */
export function headerSecret(description: string): AuthField {
  const problem = (value: string): string | null =>
    HEADER_SAFE.test(value)
      ? null
      : 'must not be empty and holds visible ASCII only, with spaces only within';
  return { ...secretText(description), problem };
}

export function holdsControlCharacter(value: string): boolean {
  return CONTROL.test(value);
}
