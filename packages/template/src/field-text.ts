import { MAX_FIELD_LENGTH, type MergeField, parseMergeField } from './merge-field.ts';

/**
 * Finds merge fields in the text of a template. Quoted names and defaults may contain anything, including `}}` and the
 * separators of a form or of markup, so every search in a template must take them into account.
 */

/** Returns the position of the `}}` that ends the field which opens at `open`, or -1. */
export function endOfField(text: string, open: number): number {
  // Twice the maximum length, because each character may be escaped with a backslash. The bound keeps the search linear
  // for hostile templates.
  const end = Math.min(text.length, open + 2 + 2 * MAX_FIELD_LENGTH);
  for (let at = open + 2; at < end; at++) {
    const char = text[at];
    if (char === '}' && text[at + 1] === '}') return at;
    // Every quote is treated as the beginning of a quoted text. If it is not at the start of a name or a default, the
    // field is malformed anyway, and is reported as such.
    if (char !== '"' && char !== "'") continue;
    const quotedEnd = endOfQuoted(text, at, end);
    if (quotedEnd < 0) break;
    at = quotedEnd - 1;
  }
  return text.indexOf('}}', open + 2);
}

/** Maximum number of fields that are searched for. A template with more fields is refused anyway. */
const MAX_SEARCHED = 1_000;

/** Lists the well-formed fields of any kind of template, including those within JSON strings. */
export function fieldsIn(text: string): MergeField[] {
  const fields: MergeField[] = [];
  const collect = (inner: string): string => {
    const field = parseMergeField(inner);
    if (field) fields.push(field);
    return inner;
  };
  replaceFields(text, collect);
  // Also finds the fields of a JSON template whose quotes are escaped; it does not matter if a field is found twice.
  if (text.includes('\\"')) replaceFields(text.replace(/\\(["\\])/g, '$1'), collect);
  return fields;
}

/**
 * Replaces the text between the braces of each field with the same number of `x`, so that a parser of the surrounding
 * text skips it.
 */
export function maskFields(text: string): string {
  return replaceFields(text, (inner) => 'x'.repeat(inner.length));
}

const ANY_BARE_QUOTES = /\{\{[^"\\{}]*[[|]\s*"/;
/** Matches the beginning of a field up to its first double quote, if that quote is not escaped. */
const BARE_QUOTES = /\{\{[^"\\{}]*[[|]\s*"/y;

/**
 * Escapes the double quotes and backslashes of fields within the strings of a JSON text, so that
 * `"{{contact["a b"]|"none"}}"` may be written without a backslash before each quote.
 */
export function escapeFieldQuotes(json: string): string {
  if (!ANY_BARE_QUOTES.test(json)) return json;
  let isInString = false;
  let result = '';
  let from = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === '"') isInString = !isInString;
    else if (char === '\\') at++;
    else if (char === '{' && json[at + 1] === '{') {
      BARE_QUOTES.lastIndex = at;
      if (!BARE_QUOTES.test(json)) continue;
      const close = endOfField(json, at);
      if (close < 0) break;
      const inner = json.slice(at + 2, close);
      result += json.slice(from, at + 2) + (isInString ? inner.replace(/["\\]/g, String.raw`\$&`) : inner);
      from = close;
      at = close;
    }
  }
  return result + json.slice(from);
}

function replaceFields(text: string, replace: (inner: string) => string): string {
  let result = '';
  let from = 0;
  let count = 0;
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', from)) {
    if (++count > MAX_SEARCHED) break;
    const close = endOfField(text, open);
    if (close < 0) break;
    result += text.slice(from, open + 2) + replace(text.slice(open + 2, close));
    from = close;
  }
  return result + text.slice(from);
}

function endOfQuoted(text: string, start: number, end: number): number {
  const quote = text[start];
  for (let at = start + 1; at < end; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at + 1;
  }
  return -1;
}
