/**
 * Paths that people write to name a value: `contact.first_name`, `contact.tags[0]`, `contact.custom_fields["Company
 * Name"]`. They consist only of names and indexes, without wildcards, filters or function calls.
 */

export const FIELD_PATH_LIMITS = { segments: 8, nameChars: 256 } as const;

/** Patterns of a segment, matched at a position: a bare name, an index, and a quoted name for everything else. */
const BARE = /[\p{L}\p{M}\p{N}_$-]+/uy;
const INDEX_IN_BRACKETS = /\[[\t ]*(0|[1-9][0-9]{0,8})[\t ]*\]/y;
const NAME_IN_BRACKETS = /\[[\t ]*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')[\t ]*\]/y;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Returns the segments of a path; null if the text is not a path or exceeds the limits. */
export function parseFieldPath(path: string): readonly string[] | null {
  const segments: string[] = [];
  for (let at = 0; at < path.length;) {
    const read = readSegment(path, at, segments.length === 0);
    if (!read || !isAllowed(read.name) || segments.length === FIELD_PATH_LIMITS.segments) return null;
    segments.push(read.name);
    at = read.end;
  }
  return segments.length > 0 ? segments : null;
}

/**
 * Reads a string in double quotes, as in JSON, or in single quotes, in which only `'` and `\` need a backslash.
 * @returns null if `literal` is not a string in quotes
 */
export function readQuoted(literal: string): string | null {
  try {
    const json = literal.startsWith("'") ? inDoubleQuotes(literal) : literal;
    const text: unknown = JSON.parse(json);
    return typeof text === 'string' ? text : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function readSegment(path: string, at: number, isFirst: boolean): { name: string; end: number } | null {
  if (path[at] === '[') {
    const index = isFirst ? undefined : matchAt(INDEX_IN_BRACKETS, path, at);
    if (index) return { name: index[1] ?? '', end: at + index[0].length };
    const quoted = matchAt(NAME_IN_BRACKETS, path, at);
    const name = quoted && readQuoted(quoted[1] ?? '');
    return quoted && name !== null && name !== undefined ? { name, end: at + quoted[0].length } : null;
  }
  if (!isFirst && path[at] !== '.') return null;
  const start = isFirst ? at : at + 1;
  const bare = matchAt(BARE, path, start);
  return bare ? { name: bare[0], end: start + bare[0].length } : null;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function isAllowed(name: string): boolean {
  return name.length <= FIELD_PATH_LIMITS.nameChars && !FORBIDDEN.has(name);
}

/** Rewrites a single-quoted text as JSON: `\'` becomes `'`, and `"` becomes `\"`; other escapes are kept. */
function inDoubleQuotes(literal: string): string {
  const inner = literal.slice(1, -1).replace(/\\[^]|"/g, (part) => {
    if (part === "\\'") return "'";
    return part === '"' ? String.raw`\"` : part;
  });
  return `"${inner}"`;
}
