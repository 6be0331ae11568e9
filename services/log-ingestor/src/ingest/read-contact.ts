import { membersOf, skipSpace } from '@hookline/shared/contracts/json-source';
import { MAX_CONTACT_CHARS } from '@hookline/shared/executions/contact-hashes';

/** Contact in a context, as merge fields print it; null for a value that is missing or cannot be looked up. */
interface Contact {
  id: string | null;
  email: string | null;
}

const NO_CONTACT: Contact = { id: null, email: null };

/** Length of a JSON string of `MAX_CONTACT_CHARS`, with its quotes, if every character is written as an escape. */
const MAX_LITERAL_CHARS = 6 * MAX_CONTACT_CHARS + 2;
/**
 * Matches a number, `true`, `false` or `null`; in text that is not valid JSON, which other producers may send, it also
 * matches other words.
 */
const SCALAR = /[-+.\w]{1,1000}/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;

/**
 * Reads `contact.id` and `contact.email` from the text of a context. Builds only these values instead of parsing the
 * whole text, because a context may be a megabyte long and history needs nothing else from it. If the text is not JSON
 * or has no contact, the execution is stored but cannot be found by contact.
 */
export function readContact(context: string): Contact {
  const contact = memberAt(context, skipSpace(context, 0), 'contact');
  if (contact === null) return NO_CONTACT;
  return { id: scalarMember(context, contact, 'id'), email: scalarMember(context, contact, 'email') };
}

/** Returns the position of a key's value in the object at `objectAt`; the last value if the key occurs repeatedly. */
function memberAt(json: string, objectAt: number, key: string): number | null {
  if (json[objectAt] !== '{') return null;
  try {
    return membersOf(json, objectAt).findLast(([name]) => name === key)?.[1] ?? null;
  } catch (error) {
    // A key contains a malformed escape sequence.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function scalarMember(json: string, objectAt: number, key: string): string | null {
  const at = memberAt(json, objectAt, key);
  const text = at === null ? '' : json[at] === '"' ? stringAt(json, at) : matchAt(SCALAR, json, at);
  return text === '' || text === 'null' || text.length > MAX_CONTACT_CHARS ? null : text;
}

function stringAt(json: string, at: number): string {
  const literal = matchAt(STRING, json.slice(at, at + MAX_LITERAL_CHARS), 0);
  if (literal === '') return '';
  try {
    return (JSON.parse(literal) as string).toWellFormed();
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
