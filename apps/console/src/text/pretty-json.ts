/**
 * Maximum depth of indentation. Without this limit, the formatted length of a hostile body of nested brackets would
 * grow with the square of the body's length.
 */
const MAX_INDENT = 24;
const INDENTS = Array.from({ length: MAX_INDENT + 1 }, (_indent, depth) => `\n${'  '.repeat(depth)}`);
const SPACE = ' \n\r\t';
const MARKS = '{}[],:';
const OPENING = '{[';
const CLOSING = '}]';

/**
 * Formats JSON with one member or element on each line. Numbers and strings keep their spelling, so that no long id is
 * rounded. Pure.
 * @returns null if the text is not JSON
 */
export function prettyJson(text: string): string | null {
  if (!isJson(text)) return null;
  let written = '';
  let depth = 0;
  let previous = '';
  for (let at = nextToken(text, 0); at < text.length;) {
    const end = tokenEnd(text, at);
    const token = text.slice(at, end);
    const isClosing = CLOSING.includes(token);
    const isInside = isOpening(previous);
    if (isClosing) depth -= 1;
    if (isClosing ? !isInside : isInside || previous === ',') written += INDENTS[Math.min(depth, MAX_INDENT)];
    written += token === ':' ? ': ' : token;
    if (isOpening(token)) depth += 1;
    previous = token;
    at = nextToken(text, end);
  }
  return written;
}

/**
 * Returns the unparsed value of a member of a JSON object, so that no number is rounded; null if there is no such
 * member.
 */
export function rawMember(json: string, name: string): string | null {
  for (const [key, value] of rawMembers(json)) if (key === name) return value;
  return null;
}

/**
 * Reads the members of a JSON object with their unparsed values, so that no number is rounded. Yields nothing for a
 * value that is not an object. Pure.
 * @param json must be JSON
 */
export function* rawMembers(json: string): Generator<[key: string, value: string], void, undefined> {
  const start = nextToken(json, 0);
  if (json.charAt(start) !== '{') return;
  for (let at = nextToken(json, start + 1); at < json.length && json.charAt(at) !== '}';) {
    const keyEnd = tokenEnd(json, at);
    const from = nextToken(json, nextToken(json, keyEnd) + 1);
    const end = valueEnd(json, from);
    yield [JSON.parse(json.slice(at, keyEnd)) as string, json.slice(from, end)];
    const after = nextToken(json, end);
    at = json.charAt(after) === ',' ? nextToken(json, after + 1) : after;
  }
}

function valueEnd(json: string, from: number): number {
  let depth = 0;
  for (let at = from; at < json.length;) {
    const mark = json.charAt(at);
    const end = tokenEnd(json, at);
    if (OPENING.includes(mark)) depth += 1;
    else if (CLOSING.includes(mark)) depth -= 1;
    if (depth === 0) return end;
    at = nextToken(json, end);
  }
  return json.length;
}

function nextToken(json: string, from: number): number {
  let at = from;
  while (at < json.length && SPACE.includes(json.charAt(at))) at += 1;
  return at;
}

function tokenEnd(json: string, from: number): number {
  const first = json.charAt(from);
  if (MARKS.includes(first)) return from + 1;
  if (first === '"') return stringEnd(json, from);
  let at = from + 1;
  while (at < json.length && !MARKS.includes(json.charAt(at)) && !SPACE.includes(json.charAt(at))) at += 1;
  return at;
}

function stringEnd(json: string, from: number): number {
  let at = from + 1;
  while (at < json.length && json.charAt(at) !== '"') at += json.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

function isOpening(token: string): boolean {
  return token !== '' && OPENING.includes(token);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
