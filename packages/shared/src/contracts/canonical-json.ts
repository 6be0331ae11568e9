import { stringifyJson } from './lossless-json.ts';

/**
 * Returns the JSON text of a value with the keys of every object in a fixed order, so that values which differ only in
 * the order of keys have the same text. Takes time that is linear in the size of the value, apart from sorting the keys
 * of each object.
 * @throws RangeError if the value is nested deeper than the stack allows; check its depth first
 */
export function canonicalJson(value: unknown): string {
  return stringifyJson(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).toSorted();
  return Object.fromEntries(names.map((name) => [name, sorted((value as Record<string, unknown>)[name])]));
}
