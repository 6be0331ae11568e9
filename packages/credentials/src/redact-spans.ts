import type { Span } from './reading.ts';

export const REDACTED = '[redacted]';

/**
 * Replaces parts of a text, given in any order. JSON remains valid: in strings and keys, only text inside the quotes is
 * replaced, and never a part of an escape. A number or literal becomes a string, because no number could show that
 * something was redacted.
 */
export function redactSpans(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  const edits = mergeSpans(spans);
  if (!isJsonDocument(text)) return replaced(text, edits, REDACTED);
  return redactJsonTokens(text, edits);
}

/** Joins overlapping spans, which occur if secrets overlap or several readings contain the same secret. */
function mergeSpans(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && from < last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}

function replaced(text: string, spans: readonly Span[], by: string): string {
  let result = '';
  let done = 0;
  for (const { from, to } of spans) {
    result += text.slice(done, from) + by;
    done = to;
  }
  return result + text.slice(done);
}

/** Whether a text is a JSON document. A bare number or word is treated as text. */
function isJsonDocument(text: string): boolean {
  if (!/^[\ufeff \t\r\n]*[[{"]/.test(text)) return false;
  try {
    JSON.parse(text.replace(/^\ufeff/, ''));
    return true;
  } catch {
    return false;
  }
}

interface Token extends Span {
  /** `inside`: a part of a string, either an escape or the text up to the next escape. `value`: a number or literal. */
  kind: 'inside' | 'value';
}

function redactJsonTokens(json: string, spans: readonly Span[]): string {
  const edits: Token[] = [];
  let next = 0;
  for (const token of jsonTokens(json)) {
    while (next < spans.length && (spans[next]?.to ?? 0) <= token.from) next++;
    for (let i = next; i < spans.length; i++) {
      const span = spans[i];
      if (!span || span.from >= token.to) break;
      addEdit(json, edits, { span, token });
    }
  }
  let result = '';
  let done = 0;
  for (const { from, to, kind } of edits) {
    result += json.slice(done, from) + (kind === 'value' ? JSON.stringify(REDACTED) : REDACTED);
    done = to;
  }
  return result + json.slice(done);
}

function addEdit(json: string, edits: Token[], { span, token }: { span: Span; token: Token }): void {
  const { kind } = token;
  if (isIndex(json, token) && span.from < token.from && span.to > token.to) return;
  const isWhole = kind === 'value' || json[token.from] === '\\';
  const from = isWhole ? token.from : Math.max(token.from, span.from);
  const to = isWhole ? token.to : Math.min(token.to, span.to);
  const last = edits.at(-1);
  const continues =
    last?.kind === kind &&
    (from <= last.to ||
      (kind === 'value' && span.from < last.to && /^[\s,]*$/.test(json.slice(last.to, from))));
  if (last && continues) last.to = Math.max(last.to, to);
  else edits.push({ from, to, kind });
}

/** Whether a token is a key that gives the index of a byte, as in `{"0":72,"1":101}`. */
function isIndex(json: string, { from, to, kind }: Token): boolean {
  if (kind === 'value' || to - from > 4 || json[from - 1] !== '"') return false;
  return /^\d+$/.test(json.slice(from, to)) && /^"\s*:/.test(json.slice(to, to + 3));
}

const STRING_PART = /[^"\\]+|\\u.{4}|\\./sy;
const VALUE = /[^\s,:[\]{}"]+/y;

/** @param json valid JSON */
function* jsonTokens(json: string): Generator<Token> {
  for (let at = 0; at < json.length;) {
    if (json[at] === '"') {
      at++;
      for (let part = matchAt(STRING_PART, json, at); part > at; part = matchAt(STRING_PART, json, at)) {
        yield { from: at, to: part, kind: 'inside' };
        at = part;
      }
      at++;
      continue;
    }
    const to = matchAt(VALUE, json, at);
    if (to > at) yield { from: at, to, kind: 'value' };
    at = Math.max(to, at + 1);
  }
}

/** @returns the end of the match at this position; the position itself if there is no match */
function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
