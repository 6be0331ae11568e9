import { endOfString } from './json-string.ts';

/**
 * Reads valid JSON text without parsing it, so that numbers keep their text (`19.90`, `1e400`) and keys their order.
 * Nothing here is recursive, and each function reads its part of the text only once. The text must be valid, which
 * means that `JSON.parse` has accepted it.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/** Positions of the values in an object, by key, or in an array. */
export type Children = ReadonlyMap<string, number> | readonly number[];

/** Returns the position of the first character at or after `at` that is not white space. */
export function skipSpace(json: string, at: number): number {
  let position = at;
  // White space is the only kind of character up to U+0020 that appears between tokens.
  while (json.charCodeAt(position) <= SPACE) position++;
  return position;
}

/** Returns the position after the value that starts at `start`. */
export function endOfValue(json: string, start: number): number {
  const first = json.charCodeAt(start);
  if (first === QUOTE) return endOfString(json, start);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return endOfScalar(json, start);
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at) - 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return json.length;
}

/**
 * Returns the positions of the values in the object or array that starts at `start`; of equal keys, only the last one
 * counts.
 */
export function childrenOf(json: string, start: number): Children {
  return json.charCodeAt(start) === OPEN_BRACE ? new Map(membersOf(json, start)) : itemsOf(json, start);
}

/** Lists the keys of the object that starts at `start` and the positions of their values, in the order of the text. */
export function membersOf(json: string, start: number): [key: string, valueAt: number][] {
  const members: [string, number][] = [];
  let at = skipSpace(json, start + 1);
  while (json.charCodeAt(at) === QUOTE) {
    const keyEnd = endOfString(json, at);
    const key = textOfString(json.slice(at, keyEnd));
    const valueAt = skipSpace(json, skipSpace(json, keyEnd) + 1);
    members.push([key, valueAt]);
    at = afterItem(json, valueAt);
  }
  return members;
}

/** Lists the positions of the items of the array that starts at `start`. */
export function itemsOf(json: string, start: number): number[] {
  const items: number[] = [];
  let at = skipSpace(json, start + 1);
  while (at < json.length && json.charCodeAt(at) !== CLOSE_BRACKET) {
    items.push(at);
    at = afterItem(json, at);
  }
  return items;
}

function afterItem(json: string, valueAt: number): number {
  const end = skipSpace(json, endOfValue(json, valueAt));
  return json.charCodeAt(end) === COMMA ? skipSpace(json, end + 1) : end;
}

/** Returns the position after the number or word (`true`, `false`, `null`) that starts at `start`. */
export function endOfScalar(json: string, start: number): number {
  let end = start;
  while (end < json.length) {
    const code = json.charCodeAt(end);
    if (code <= SPACE || code === COMMA || code === CLOSE_BRACKET || code === CLOSE_BRACE) break;
    end++;
  }
  return end;
}

function textOfString(literal: string): string {
  return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}
