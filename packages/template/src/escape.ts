import { RenderError } from './template-error.ts';

/**
 * Functions that escape values for each place in a request. Input is well-formed Unicode unless a function
 * documents otherwise.
 */

const SUB_DELIMS = /[!'()*]/g;

/** Percent-encodes all but the unreserved characters of RFC 3986, for a path segment or a query value. */
export function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(
    SUB_DELIMS,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/;
/**
 * In a page that embeds the JSON, `<`, `>` and `&` would be markup; in a script, U+2028 and U+2029 would be line
 * breaks.
 */
const UNSAFE_IN_PAGE = /[<>&\u2028\u2029]/g;

/** Escapes text for the inside of a JSON string literal. */
export function escapeJsonString(text: string): string {
  if (PLAIN.test(text)) return text;
  return escapeJsonDocument(JSON.stringify(text.toWellFormed()).slice(1, -1));
}

/**
 * Makes JSON text inert in a page. Only string literals can contain the escaped characters, so the value is unchanged.
 */
export function escapeJsonDocument(json: string): string {
  return json.replace(UNSAFE_IN_PAGE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const NOT_FORM_SAFE = /[!'()~]|%20/g;

/** Escapes text for a form (WHATWG URL standard, section 5.2); unpaired surrogates become U+FFFD. */
export function escapeForm(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(NOT_FORM_SAFE, (found) =>
    found === '%20' ? '+' : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const HTML_SPECIAL = /[&<>"']/g;
const HTML_REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for HTML text and quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(HTML_SPECIAL, (char) => HTML_REFERENCES[char] ?? char);
}

/**
 * Characters to escape in XML, including the white space that a parser would otherwise normalise (XML 1.0, sections
 * 2.11 and 3.3.3).
 */
const XML_SPECIAL = /[&<>"'\t\n\r]/g;
const XML_REFERENCES: Readonly<Record<string, string>> = {
  ...HTML_REFERENCES,
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};
// oxlint-disable-next-line no-control-regex -- the pattern searches for control characters
const XML_FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** Returns the position of a character that XML 1.0 cannot represent (section 2.2, Char), or -1. */
export function forbiddenInXml(text: string): number {
  return text.search(XML_FORBIDDEN);
}

/**
 * Escapes text for XML text and quoted attribute values.
 * @throws RenderError on a character that XML cannot represent, because dropping it would silently change the value
 */
export function escapeXml(text: string): string {
  const at = forbiddenInXml(text);
  if (at >= 0) {
    const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
    throw new RenderError(`illegal XML character U+${code}`);
  }
  return text.replace(XML_SPECIAL, (char) => XML_REFERENCES[char] ?? char);
}
