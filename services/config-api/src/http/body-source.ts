import { compactJson } from '@hookline/shared/contracts/compact-json';
import { endOfValue, itemsOf, membersOf, skipSpace } from '@hookline/shared/contracts/json-source';

/** Body of a request, and the position of a value in it. */
interface Source {
  body: string;
  at: number;
}

/**
 * Positions, in request bodies, of the fields that are objects or arrays. An entry lives as long as its object or
 * array.
 */
const sources = new WeakMap<object, Source>();

/**
 * Records the positions of the objects and arrays that are fields of a body, so that JSON from a customer can be passed
 * on with its numbers and key order unchanged. JavaScript would write 10.50 as 10.5, and the key "1" before all others.
 * @param body valid JSON
 * @param value result of parsing it
 */
export function noteSources(body: string, value: unknown): void {
  noteFields({ body, at: skipSpace(body, 0) }, value);
}

/**
 * Records the positions of the objects and arrays that are fields of the items in a list; the list itself is a field of
 * a request body.
 * @returns the length of the text of each item, in characters
 */
export function noteItemSources(items: readonly unknown[]): number[] {
  const source = sources.get(items);
  if (!source) return [];
  const { body } = source;
  return itemsOf(body, source.at).map((at, index) => {
    noteFields({ body, at }, items[index]);
    return endOfValue(body, at) - at;
  });
}

function noteFields({ body, at: start }: Source, value: unknown): void {
  if (!isNested(value) || Array.isArray(value)) return;
  const fields = value as Record<string, unknown>;
  for (const [name, at] of membersOf(body, start)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (isNested(field)) sources.set(field, { body, at });
  }
}

/**
 * Returns the JSON text of a field of a request body as the customer wrote it, without white space between tokens.
 * Returns undefined if no position was recorded for the value.
 */
export function sourceOf(value: unknown): string | undefined {
  const source = isNested(value) ? sources.get(value) : undefined;
  return source && compactJson(source.body, source.at);
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
