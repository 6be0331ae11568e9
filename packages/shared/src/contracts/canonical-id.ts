const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Returns the canonical spelling of an id that Hookline created: a UUID in lower case (RFC 9562, section 4, lets a
 * reader accept either case). Any other text is returned unchanged. Use this wherever the id of an action is compared,
 * bound or stored.
 */
export function canonicalId(id: string): string {
  return UUID.test(id) ? id.toLowerCase() : id;
}

/**
 * Pattern of an id that another system chooses: 1 to 200 characters, without control characters or unpaired
 * surrogates. `.` and `..` are not ids, because clients remove them from the path of a URL even if they are
 * percent-encoded (WHATWG URL, "double-dot URL path segment"). The rule is the same for REST and Kafka, so that an id
 * accepted by one can be found through the other.
 */
export const EXTERNAL_ID_PATTERN = '^(?!\\.{1,2}$)[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,200}$';
