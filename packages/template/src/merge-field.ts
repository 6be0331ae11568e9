import { stringifyJson } from '@hookline/shared/contracts/lossless-json';

/**
 * A merge field names one value of the context: `contact.tags.1`. No filters, no calls, no inherited
 * properties: a lookup can neither run code nor leave the context.
 */
export interface MergeField {
  /** Name as written, without braces, for messages. */
  name: string;
  path: readonly string[];
}

export const MAX_DEPTH = 8;
const SEGMENT = /^(?:[A-Za-z_][A-Za-z0-9_-]{0,63}|0|[1-9][0-9]{0,8})$/;
const INDEX = /^[0-9]+$/;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Parses the text between the braces; null if it is not a valid field name. */
export function parseMergeField(inner: string): MergeField | null {
  const name = inner.trim();
  const path = name.split('.');
  const wellFormed =
    path.length <= MAX_DEPTH &&
    !INDEX.test(path[0] ?? '') &&
    path.every((segment) => SEGMENT.test(segment) && !FORBIDDEN.has(segment));
  return wellFormed ? { name, path } : null;
}

/** Returns the value of a field, `undefined` if missing. Reads only own properties of objects and items of arrays. */
export function lookUp(context: unknown, field: MergeField): unknown {
  let value = context;
  for (const segment of field.path) {
    // An array also owns `length`, which is not data.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    if (Array.isArray(value) && !INDEX.test(segment)) return undefined;
    value = (value as Record<string, unknown>)[segment];
  }
  return value;
}

/** Returns a value as text: empty if missing or null, JSON unless a string; unpaired surrogates become U+FFFD. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value.toWellFormed();
  return value === undefined || value === null ? '' : stringifyJson(value);
}
