import { namedCharacter } from './html-references.ts';
import { derivedReading, type Reading } from './reading.ts';

/**
 * Matches percent-encoding (including `%uXXXX`), string escapes of JSON and similar languages, escapes of Markdown and
 * shells, and character references of HTML and XML with or without their semicolon.
 */
const ESCAPE = new RegExp(
  [
    String.raw`[%\\]ud[89ab][0-9a-f]{2}[%\\]ud[c-f][0-9a-f]{2}`,
    String.raw`%(?:[0-9a-f]{2}|u[0-9a-f]{4})`,
    String.raw`\\(?:[^0-9a-z]|[bfnrtv]|x[0-9a-f]{2}|u[0-9a-f]{4}|u\{0*[0-9a-f]{1,6}\}|[0-3]?[0-7]{1,2})`,
    String.raw`&#(?:0*\d{1,7}|x0*[0-9a-f]{1,6});?`,
    String.raw`&(?:[a-z]{2,8}\d{0,2};|amp|lt|gt|quot|apos)`,
  ].join('|'),
  'gi',
);
const ESCAPE_BEGINS = ['\\', '%', '&'];

const CONTROLS: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Undoes one layer of escapes, all kinds together, because an echo may mix them.
 * @returns null if nothing is escaped
 */
export function undoEscapes(source: Reading): Reading | null {
  const { bytes } = source;
  // Most texts contain no character that could begin an escape.
  if (!ESCAPE_BEGINS.some((begin) => bytes.includes(begin))) return null;
  const reading = replaceIn(source, ESCAPE, decodeEscape);
  return reading.bytes === bytes ? null : reading;
}

/** Removes NUL bytes, so that UTF-16 reads like latin1. */
export function withoutNul(source: Reading): Reading {
  // oxlint-disable-next-line no-control-regex -- the pattern searches for NUL bytes
  return replaceIn(source, /\0/g, () => '');
}

type Decode = (found: string) => string;

function replaceIn(source: Reading, pattern: RegExp, decode: Decode): Reading {
  const { bytes } = source;
  return derivedReading(source, bytes.replace(pattern, decode), (length) =>
    placesIn(bytes, { pattern, decode, length }),
  );
}

function placesIn(
  bytes: string,
  { pattern, decode, length }: { pattern: RegExp; decode: Decode; length: number },
): { starts: Uint32Array; ends: Uint32Array } {
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  let byte = 0;
  let done = 0;
  const keepUntil = (end: number): void => {
    for (; done < end; done++, byte++) {
      starts[byte] = done;
      ends[byte] = done + 1;
    }
  };
  for (const { index, 0: found } of bytes.matchAll(pattern)) {
    keepUntil(index);
    done += found.length;
    const end = byte + decode(found).length;
    starts.fill(index, byte, end);
    ends.fill(done, byte, end);
    byte = end;
  }
  keepUntil(bytes.length);
  return { starts, ends };
}

/** @returns UTF-8, each byte as one character; the escape itself if it is unknown */
function decodeEscape(escape: string): string {
  if (escape.startsWith('\\')) return decodeBackslash(escape);
  if (escape.startsWith('&')) return decodeReference(escape);
  if (/^%u/i.test(escape)) return decodeUnits(escape);
  return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
}

function decodeBackslash(escape: string): string {
  const kind = (escape[1] ?? '').toLowerCase();
  if (escape.length === 2 && !/[0-7]/.test(kind)) return CONTROLS[kind] ?? escape.slice(1);
  if (kind === 'x') return String.fromCharCode(Number.parseInt(escape.slice(2), 16));
  if (kind !== 'u') return String.fromCharCode(Number.parseInt(escape.slice(1), 8));
  return escape[2] === '{' ? character(Number.parseInt(escape.slice(3), 16), escape) : decodeUnits(escape);
}

function decodeReference(escape: string): string {
  const name = escape.slice(1).replace(/;$/, '');
  if (/^#x/i.test(name)) return character(Number.parseInt(name.slice(2), 16), escape);
  if (name.startsWith('#')) return character(Number(name.slice(1)), escape);
  const named = namedCharacter(name);
  return named === undefined ? escape : utf8(named);
}

/** Decodes UTF-16 units of four digits each. */
function decodeUnits(escape: string): string {
  const codes = Array.from(escape.matchAll(/u([0-9a-f]{4})/gi), ([, digits = '']) =>
    Number.parseInt(digits, 16),
  );
  return utf8(String.fromCharCode(...codes));
}

function character(code: number, escape: string): string {
  return code <= 0x10_ffff ? utf8(String.fromCodePoint(code)) : escape;
}

function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}
