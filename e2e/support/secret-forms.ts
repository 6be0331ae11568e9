/** Forms in which a secret may appear, listed independently of how the product redacts them. */

/** A secret or a piece of it in one encoding; lower case and one character per byte, as `findSecrets` requires. */
export interface SecretForm {
  name: string;
  needle: string;
}

/** Length of the pieces that are searched for, to find secrets that were cut. */
const PIECE_CHARS = 12;
/** Secrets shorter than this are only searched for as a whole, because their pieces occur in other texts by chance. */
const MIN_CUT_CHARS = 2 * PIECE_CHARS;

/**
 * Returns all forms of a secret, which is UTF-8 text or bytes: the whole secret and, for a text of at least
 * `MIN_CUT_CHARS` characters, its beginning and its end.
 */
export function formsOf(secret: Buffer): SecretForm[] {
  const text = secret.toString();
  const isText = Buffer.from(text).equals(secret);
  const whole = isText ? textForms(text) : byteForms(secret);
  if (!isText || text.length < MIN_CUT_CHARS) return unique(whole);
  const beginning = textForms(text.slice(0, PIECE_CHARS)).map((form) => named('beginning, ', form));
  const end = textForms(text.slice(-PIECE_CHARS)).map((form) => named('end, ', form));
  return unique([...whole, ...beginning, ...end]);
}

/** Normalises bytes for the search, which ignores case. */
export function searchable(bytes: Buffer): string {
  return bytes.toString('latin1').toLowerCase();
}

type Encoded = [name: string, bytes: Buffer];

function textForms(text: string): Encoded[] {
  const encoded: [string, string][] = [
    ['plain', text],
    ['UTF-8 read as latin1', Buffer.from(text).toString('latin1')],
    ['percent', encodeURIComponent(text)],
    ['percent, strictly', everySpecial(text, percentByte)],
    ['form', new URLSearchParams({ a: text }).toString().slice(2)],
    ['JSON', inJson(text)],
    ['JSON, slashes escaped', inJson(text).replaceAll('/', String.raw`\/`)],
    ['JSON, ASCII', ascii(inJson(text).replaceAll('/', String.raw`\/`))],
    ['JSON, all escaped', everySpecial(text, unicodeEscape)],
    ['backslashes', text.replace(/[!-/:-@[-`{-~]/g, String.raw`\$&`)],
    ['HTML, named', text.replace(/[&<>"']/g, (char) => HTML[char] ?? char)],
    ['HTML, decimal', everySpecial(text, (char) => `&#${char.codePointAt(0)};`)],
    ['HTML, hexadecimal', everySpecial(text, (char) => `&#x${char.codePointAt(0)?.toString(16)};`)],
  ];
  // JSON that is stored as a string within JSON is escaped once more.
  const kept = encoded.flatMap(([name, form]): Encoded[] => [
    [name, Buffer.from(form)],
    [`${name}, within JSON`, Buffer.from(inJson(form))],
  ]);
  return [...kept, ...byteForms(Buffer.from(text)), ['UTF-16', Buffer.from(text, 'utf16le')]];
}

function byteForms(bytes: Buffer): Encoded[] {
  const base64 = [0, 1, 2].flatMap((before) =>
    (['base64', 'base64url'] as const).map((alphabet): Encoded => {
      return [
        `${alphabet}, ${before} bytes in`,
        Buffer.from(inner(Buffer.concat([Buffer.alloc(before), bytes]), before, alphabet)),
      ];
    }),
  );
  return [
    ['bytes', bytes],
    ['hexadecimal', Buffer.from(bytes.toString('hex'))],
    ['list of bytes', Buffer.from([...bytes].join(','))],
    ['hexadecimal with colons', Buffer.from(bytes.toString('hex').replace(/..(?=.)/g, '$&:'))],
    ['hexadecimal with spaces', Buffer.from(bytes.toString('hex').replace(/../g, '$& ').trim())],
    ...base64,
  ];
}

/** Returns the base64 characters that depend only on the secret's bytes, not on the bytes around them. */
function inner(bytes: Buffer, before: number, alphabet: 'base64' | 'base64url'): string {
  const text = bytes.toString(alphabet).replace(/=+$/, '');
  return text.slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function ascii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, unicodeEscape);
}

function everySpecial(text: string, escape: (char: string) => string): string {
  return text.replace(/[^A-Za-z0-9]/gu, escape);
}

function percentByte(char: string): string {
  return [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

function unicodeEscape(char: string): string {
  return Array.from({ length: char.length }, (_, i) => {
    return `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }).join('');
}

function named(before: string, [name, bytes]: Encoded): Encoded {
  return [before + name, bytes];
}

function unique(forms: Encoded[]): SecretForm[] {
  const byNeedle = new Map<string, string>();
  for (const [name, bytes] of forms) {
    const needle = searchable(bytes);
    if (!byNeedle.has(needle)) byNeedle.set(needle, name);
  }
  return [...byNeedle].map(([needle, name]) => ({ name, needle }));
}
