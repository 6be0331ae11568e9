import { Pattern } from './pattern.ts';
import { textReading } from './reading.ts';
import { unescapings } from './readings.ts';

/** Shorter strings stand in ordinary text by chance, and removing them would only show where. */
export const MIN_SECRET_LENGTH = 4;
/** Shorter secrets are parts of ordinary words, so they are hidden where they stand alone only. */
const MIN_ANYWHERE_LENGTH = 8;

interface Form {
  pattern: Pattern;
  /** Counts only where no letter or digit continues it. */
  wholeToken: boolean;
}

/** What secrets look like in readings of a text. */
export class SecretForms {
  /** In a reading of any kind. */
  readonly text: readonly Form[];
  /** Length of the shortest secret in a reading. */
  readonly minBytes: number;
  readonly #secrets: readonly string[];
  #base64: readonly Form[] | undefined;

  /** @param secrets none shorter than `MIN_SECRET_LENGTH` */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    const read = secrets.flatMap((secret) =>
      readForms(secret).map((form) => ({ form, wholeToken: isShort(secret) || isShort(form) })),
    );
    this.minBytes = Math.min(...read.map(({ form }) => form.length));
    this.text = formsOf([...read, ...secrets.flatMap(encodedForms)]);
  }

  /** In digits of base64 that lost their case, which nothing can decode. Most texts contain no base64 that is so long. */
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
    const folded = foldCase(form);
    // The same form of a longer secret counts anywhere.
    if (forms.get(folded)?.wholeToken !== false)
      forms.set(folded, { pattern: new Pattern(folded), wholeToken });
  }
  return [...forms.values()];
}

/** What decoding does not find: it leaves out what is short, and ends at a space. */
function encodedForms(secret: string): FormText[] {
  if (isShort(secret)) {
    const bytes = Buffer.from(secret);
    const forms = [bytes.toString('hex'), ...base64Forms(bytes, [0])];
    return forms.map((form) => ({ form, wholeToken: true }));
  }
  // Only these bytes have the six bits in a row that base64 writes as a plus, and a form reads as a space.
  if (!/[>~\x80-\uffff]/.test(secret)) return [];
  return base64Forms(Buffer.from(secret), [0, 1, 2])
    .filter((form) => form.includes('+'))
    .map((form) => ({ form, wholeToken: false }));
}

export function isShort(secret: string): boolean {
  return secret.length < MIN_ANYWHERE_LENGTH;
}

/** Names of headers arrive in lower case; a form writes a space as a plus. */
export function foldCase(bytes: string): string {
  return bytes.toLowerCase().replaceAll('+', ' ');
}

/** A secret that contains escapes itself loses them in a reading, as it does in a text that contains it. */
function readForms(secret: string): string[] {
  // Values of HTTP headers are read as latin1, and so are passwords by many servers.
  const texts = [secret, Buffer.from(secret).toString('latin1')];
  const forms = texts.flatMap((text) => Array.from(unescapings(textReading(text)), ({ bytes }) => bytes));
  // What is decoded may be latin1, or UTF-16 of the same characters.
  if (isLatin1(secret)) forms.push(secret);
  return forms.filter(({ length }) => length >= MIN_SECRET_LENGTH);
}

function isLatin1(text: string): boolean {
  return !/[^\0-\xff]/.test(text);
}

/** Within a longer text base64 begins at any of three bytes; digits that other bytes have a part in are left out. */
function base64Forms(bytes: Buffer, offsets: readonly number[]): string[] {
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
