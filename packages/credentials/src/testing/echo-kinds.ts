/** Ways in which honest endpoints repeat a secret that was sent to them, by name. */
export const ECHO_KINDS: Readonly<Record<string, (secret: string) => string>> = {
  unchanged: (secret) => secret,
  'base64 with other text around it': (secret) => base64(`user:${secret};`),
  base64url: (secret) => Buffer.from(`token=${secret}`).toString('base64url'),
  'base64 with the line breaks of MIME': (secret) =>
    wrapped(base64(`${'-'.repeat(50)}${secret}${'.'.repeat(70)}`)),
  'base64 with line breaks in JSON': (secret) => inJson(wrapped(base64(`${'-'.repeat(50)}${secret}`))),
  'base64 of a request as JSON, with its Basic header': (secret) =>
    base64(JSON.stringify({ headers: { authorization: `Basic ${base64(`user:${secret}`)}` } })),
  'base64 of text that is percent-encoded': (secret) => base64(percent(secret)),
  'base64 of base64': (secret) => base64(base64(`token ${secret}`)),
  hexadecimal: (secret) => hexadecimal(secret, ''),
  'hexadecimal with colons': (secret) => hexadecimal(secret, ':').toUpperCase(),
  'hexadecimal with dashes': (secret) => hexadecimal(secret, '-'),
  'hexadecimal with spaces': (secret) => hexadecimal(secret, ' '),
  'hexadecimal numbers': (secret) => `0x${hexadecimal(secret, ', 0x')}`,
  'strings of hexadecimal digits': (secret) => `["${hexadecimal(secret, '","')}"]`,
  'hexadecimal of base64': (secret) => hexadecimal(base64(`user:${secret}`), ''),
  'backslashes of Markdown': (secret) => secret.replace(PUNCTUATION, String.raw`\$&`),
  'backslashes of a shell': (secret) => secret.replace(/[^A-Za-z0-9_./-]/gu, String.raw`\$&`),
  'octal escapes of bytes': (secret) => ofBytes(secret, (byte) => `\\${byte.toString(8).padStart(3, '0')}`),
  'hexadecimal escapes of bytes': (secret) => ofBytes(secret, (byte) => `\\x${hex(byte)}`),
  'escapes of code points': (secret) => secret.replace(SPECIAL, (char) => `\\u{${hex(codeOf(char))}}`),
  'escapes of the old JavaScript function escape': (secret) => ofUnits(secret, (unit) => `%u${unit}`),
  'percent-encoding, twice': (secret) => percent(percent(secret)),
  'JSON in JSON, ASCII only': (secret) => inJson(ofUnits(secret, (unit) => `\\u${unit}`)),
  'numeric references, padded': (secret) =>
    secret.replace(SPECIAL, (char) => `&#${String(codeOf(char)).padStart(9, '0')};`),
  'numeric references without semicolons': (secret) =>
    Array.from(secret, (char) => `&#x${hex(codeOf(char))}`).join('') + ';',
  'named references': (secret) => secret.replace(/./gsu, (char) => NAMES[char] ?? char),
  'a Buffer as JSON': (secret) => JSON.stringify(Buffer.from(secret)),
  'an array of bytes as JSON': (secret) => JSON.stringify(new Uint8Array(Buffer.from(secret))),
  'a list of signed bytes': (secret) => `[${[...new Int8Array(Buffer.from(secret))].join(', ')}]`,
  'a list of bytes, one per line': (secret) => JSON.stringify([...Buffer.from(secret)], null, 2),
};

const PUNCTUATION = /[!-/:-@[-`{-~]/g;
const SPECIAL = /[^A-Za-z0-9]/gu;
const NAMES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '%': '&percnt;',
  '\\': '&bsol;',
  '<': '&lt;',
  '"': '&quot;',
  "'": '&apos;',
  '/': '&sol;',
  ':': '&colon;',
  '=': '&equals;',
  '+': '&plus;',
  _: '&lowbar;',
  '*': '&ast;',
  ä: '&auml;',
  ö: '&ouml;',
  ß: '&szlig;',
  '€': '&euro;',
};

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Breaks base64 into the lines of MIME (RFC 2045, section 6.8). */
function wrapped(encoded: string): string {
  return encoded.replace(/.{76}/g, '$&\r\n');
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function percent(text: string): string {
  return encodeURIComponent(text);
}

function hexadecimal(text: string, separator: string): string {
  return Array.from(Buffer.from(text), hex).join(separator);
}

function hex(code: number): string {
  return code.toString(16).padStart(2, '0');
}

function ofBytes(text: string, write: (byte: number) => string): string {
  return Array.from(Buffer.from(text), write).join('');
}

/** @param write called with the four hexadecimal digits of each UTF-16 unit */
function ofUnits(text: string, write: (unit: string) => string): string {
  return text
    .split('')
    .map((unit) => write(unit.charCodeAt(0).toString(16).padStart(4, '0')))
    .join('');
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}
