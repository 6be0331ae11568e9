import { FIELD_PATH_LIMITS, parseFieldPath, readQuoted } from '@hookline/shared/contracts/field-path';
import { JsonDocument } from '@hookline/shared/contracts/json-document';
import { stringifyJson } from '@hookline/shared/contracts/lossless-json';

/**
 * A merge field names one value of the context: `contact.tags[1]`, `contact.custom_fields["Company Name"]`,
 * and may have a default: `contact.first_name|"there"`. There are no filters, calls or inherited properties, so a
 * lookup can neither run code nor leave the context.
 */
export interface MergeField {
  /** Text as written, without braces, for messages. */
  name: string;
  path: readonly string[];
  /** Text that replaces a value that is missing, null or an empty text; null if there is no default. */
  fallback: string | null;
}

export const MAX_DEPTH = FIELD_PATH_LIMITS.segments;
/** Maximum number of characters between the braces, not counting white space at either end. */
export const MAX_FIELD_LENGTH = 1_000;
const INDEX = /^[0-9]+$/;
/**
 * Matches a bar and the quoted text after it at the end of the field. A bar within a quoted name does not match,
 * because the name's `]` follows.
 */
const DEFAULT = /\|\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')$/;

/** Parses the text between the braces; null if it is not a valid field. */
export function parseMergeField(inner: string): MergeField | null {
  const name = inner.trim();
  if (name.length > MAX_FIELD_LENGTH) return null;
  const plain = parsePath(name);
  if (plain) return { name, path: plain, fallback: null };
  const found = DEFAULT.exec(name);
  const path = found && parsePath(name.slice(0, found.index).trimEnd());
  const fallback = found && readQuoted(found[1] ?? '');
  return path && fallback !== null ? { name, path, fallback: fallback.toWellFormed() } : null;
}

function parsePath(text: string): readonly string[] | null {
  const path = parseFieldPath(text);
  return path && !INDEX.test(path[0] ?? '') ? path : null;
}

/**
 * Returns the value of a field as text: the default or empty text if it is missing, null or empty; JSON if it is not a
 * string.
 */
export function fieldText(context: unknown, field: MergeField): string {
  const value = lookUp(context, field);
  if (isEmpty(value)) return field.fallback ?? '';
  // Unpaired surrogates become U+FFFD.
  return typeof value === 'string' ? value.toWellFormed() : jsonOf(context, field, value);
}

/**
 * Returns the value of a field as JSON text: the default as a JSON string if the value is missing, null or empty;
 * without a default, `null` if the value is missing.
 */
export function fieldJson(context: unknown, field: MergeField): string {
  const value = lookUp(context, field);
  if (field.fallback !== null && isEmpty(value)) return stringifyJson(field.fallback);
  return typeof value === 'string' ? stringifyJson(value.toWellFormed()) : jsonOf(context, field, value);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Returns a value as JSON text. Numbers, even in lists and objects, keep their text from the context. */
function jsonOf(context: unknown, { path }: MergeField, value: unknown): string {
  const isNumberInside = typeof value === 'number' || (typeof value === 'object' && value !== null);
  const text = isNumberInside && context instanceof JsonDocument ? context.textAt(path) : undefined;
  return text ?? stringifyJson(value);
}

/**
 * Returns the value of a field; `undefined` if it is missing. Reads only own properties of objects and items of arrays.
 */
function lookUp(context: unknown, field: MergeField): unknown {
  let value = context instanceof JsonDocument ? context.value : context;
  for (const segment of field.path) {
    // An array also owns `length`, which is not data.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    if (Array.isArray(value) && !INDEX.test(segment)) return undefined;
    value = (value as Record<string, unknown>)[segment];
  }
  return value;
}
