/** Escaping by the place a value goes to. */

const SUB_DELIMS = /[!'()*]/g;

/** Percent-encodes all but the unreserved characters of RFC 3986, for a path segment or a query value. */
export function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(
    SUB_DELIMS,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/;
/** `<`, `>`, `&` would be live in a page that embeds the JSON, U+2028 and U+2029 in a script. */
const UNSAFE_IN_PAGE = /[<>&\u2028\u2029]/g;

/** Escapes text for the inside of a JSON string literal. */
export function escapeJsonString(text: string): string {
  if (PLAIN.test(text)) return text;
  return escapeJsonDocument(JSON.stringify(text.toWellFormed()).slice(1, -1));
}

/** Makes finished JSON text inert in a page. Those characters stand in string literals only, so it stays the same value. */
export function escapeJsonDocument(json: string): string {
  return json.replace(UNSAFE_IN_PAGE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
