/** A hostile body of brackets alone would otherwise grow with the square of its length. */
const MAX_INDENT = 24;
const OPENING = new Set(['{', '[']);
const CLOSING = new Set(['}', ']']);
/** Strings, marks, and everything else that is not white space. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/**
 * Writes JSON with a line for each member. Numbers and strings keep their spelling, so that no long id is rounded. Pure.
 * @returns null if the text is not JSON
 */
export function prettyJson(text: string): string | null {
  if (!isJson(text)) return null;
  const parts: string[] = [];
  let depth = 0;
  let previous = '';
  const breakLine = (): void => void parts.push('\n', '  '.repeat(Math.min(depth, MAX_INDENT)));
  for (const [token] of text.matchAll(TOKENS)) {
    if (CLOSING.has(token)) {
      depth -= 1;
      if (!OPENING.has(previous)) breakLine();
    } else if (OPENING.has(previous) || previous === ',') breakLine();
    parts.push(token === ':' ? ': ' : token);
    if (OPENING.has(token)) depth += 1;
    previous = token;
  }
  return parts.join('');
}

/** Returns the value of a member of a JSON object in its own spelling, so that no number is rounded; null if there is none. */
export function rawMember(json: string, name: string): string | null {
  for (const [key, value] of rawMembers(json)) if (key === name) return value;
  return null;
}

/**
 * Reads the members of a JSON object, their values in their own spelling, so that no number is rounded. Of a value that
 * is not an object there are none. Pure.
 * @param json must be JSON
 */
export function* rawMembers(json: string): Generator<[key: string, value: string], void, undefined> {
  if (!json.trimStart().startsWith('{')) return;
  let depth = 0;
  let key: string | null = null;
  let from = -1;
  for (const match of json.matchAll(TOKENS)) {
    const [token] = match;
    const isEnd = depth === 1 && (token === ',' || token === '}');
    if (isEnd) {
      if (key !== null) yield [key, json.slice(from, match.index).trimEnd()];
      key = null;
      from = -1;
    } else if (depth === 1 && token !== ':') {
      if (key === null) key = JSON.parse(token) as string;
      else if (from < 0) from = match.index;
    }
    if (OPENING.has(token)) depth += 1;
    else if (CLOSING.has(token)) depth -= 1;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
