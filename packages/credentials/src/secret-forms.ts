import { Pattern } from './pattern.ts';
import { readPlain } from './reading.ts';
import { unescapings } from './readings.ts';

/** Strings shorter than this occur in ordinary text by chance, and replacing them would only reveal them. */
export const MIN_SECRET_LENGTH = 4;
/** Secrets shorter than this may be parts of ordinary words, so they are replaced only as whole tokens. */
const MIN_ANYWHERE_LENGTH = 8;

interface Form {
  pattern: Pattern;
  /** Whether the form matches only if neither of its ends is inside a word. */
  wholeToken: boolean;
}

/** Forms in which secrets may appear in readings of a text, encoded like the bytes of a reading. */
export class SecretForms {
  /** Forms that are searched for in readings of the kind `text`. */
  readonly text: readonly Form[];
  /** Length in bytes of the shortest form of a secret in a reading. */
  readonly minBytes: number;
  readonly #secrets: readonly string[];
  #base64: readonly Form[] | undefined;

  /** @param secrets each at least `MIN_SECRET_LENGTH` characters long */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    const read = secrets.flatMap((secret) =>
      readForms(secret).map((form) => ({ form, wholeToken: isShort(secret) || isShort(form) })),
    );
    this.minBytes = Math.min(...read.map(({ form }) => form.length));
    this.text = formsOf([...read, ...secrets.flatMap(encodedForms)]);
  }

  /**
   * Forms that are searched for in base64 digits, which cannot be decoded if they are in lower case. Built on first
   * use, because most texts do not need them.
   */
  get base64(): readonly Form[] {
    return (this.#base64 ??= formsOf(
      this.#secrets
        .filter((secret) => !isShort(secret))
        .flatMap((secret) => base64Forms(Buffer.from(secret), [0, 1, 2]))
        .map((form) => ({ form, wholeToken: false })),
    ));
  }
}

interface FormText {
  form: string;
  wholeToken: boolean;
}

function formsOf(texts: readonly FormText[]): Form[] {
  const forms = new Map<string, Form>();
  for (const { form, wholeToken } of texts) {
    const folded = fold(form);
    // A longer secret may have the same form, which then matches anywhere.
    if (forms.get(folded)?.wholeToken !== false)
      forms.set(folded, { pattern: new Pattern(folded), wholeToken });
  }
  return [...forms.values()];
}

/** Lists the encoded forms that decoding misses: those of short secrets, and base64 with a space for a plus. */
function encodedForms(secret: string): FormText[] {
  if (isShort(secret)) {
    const bytes = Buffer.from(secret);
    const forms = [bytes.toString('hex'), ...base64Forms(bytes, [0])];
    return forms.map((form) => ({ form, wholeToken: true }));
  }
  // Only the base64 of one of these characters can contain a plus, which form decoding turns into a space.
  if (!/[>~\x80-\uffff]/.test(secret)) return [];
  return base64Forms(Buffer.from(secret), [0, 1, 2])
    .filter((form) => form.includes('+'))
    .map((form) => ({ form, wholeToken: false }));
}

/** Whether a secret is replaced only as a whole token. */
export function isShort(secret: string): boolean {
  return secret.length < MIN_ANYWHERE_LENGTH;
}

/** Normalises case, which varies in header names and hexadecimal digits, and `+`, which is a space in form encoding. */
export function fold(bytes: string): string {
  return bytes.toLowerCase().replaceAll('+', ' ');
}

/**
 * Lists the forms of a secret in readings. A reading undoes escapes, so if the secret itself contains escapes, its
 * unescaped text is searched for too.
 */
function readForms(secret: string): string[] {
  // HTTP header values are decoded as latin1; many servers decode passwords in the same way.
  const texts = [secret, Buffer.from(secret).toString('latin1')];
  const forms = texts.flatMap((text) => Array.from(unescapings(readPlain(text)), ({ bytes }) => bytes));
  // Encoded data may be in latin1, or in UTF-16, which reads like latin1 without its NUL bytes.
  if (isLatin1(secret)) forms.push(secret);
  return forms.filter(({ length }) => length >= MIN_SECRET_LENGTH);
}

function isLatin1(text: string): boolean {
  return !/[^\0-\xff]/.test(text);
}

/**
 * Lists the base64 of a secret at the given offsets in a longer text: without the characters that depend on the bytes
 * before it, and with and without those that depend on the bytes after it.
 */
function base64Forms(bytes: Buffer, offsets: readonly number[]): string[] {
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
