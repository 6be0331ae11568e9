import { LIMITS } from '@hookline/shared/contracts/limits';
import { escapeJsonString } from './escape.ts';
import { endOfField, escapeFieldQuotes } from './field-text.ts';
import type { JsonPart, JsonTemplate } from './json-template.ts';
import { TemplateError } from './template-error.ts';
import { compileText, fieldBetween, type TextTemplate } from './text-template.ts';

const MAX_FIELDS = 100;

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/**
 * Compiles the text of a JSON payload: JSON (RFC 8259) whose string literals and keys may contain fields, and in which
 * a value may be an unquoted `{{field}}`. Numbers keep their digits; white space between tokens is dropped. Within a
 * string, the double quotes of a field may be written with or without backslashes.
 * @throws TemplateError with the reason, such as an expected token, and its position
 */
export function compileJson(text: string): JsonTemplate {
  return new JsonCompiler(escapeFieldQuotes(text)).compile();
}

/** Compiles a text in one pass; holds the current position and the output. */
class JsonCompiler {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #fieldCount = 0;
  readonly #parts: JsonPart[] = [];
  /** Finished pieces of text since the last field. */
  #pieces: string[] = [];
  readonly #fieldedObjects: TextTemplate[][] = [];

  constructor(text: string) {
    this.#text = text;
  }

  compile(): JsonTemplate {
    this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected('the end');
    this.#endLiteral();
    return { parts: this.#parts, fieldedObjects: this.#fieldedObjects };
  }

  #value(): void {
    this.#skipSpace();
    if (this.#text.startsWith('{{', this.#at)) return this.#bareField();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#emitString(this.#string());
      default:
        return this.#scalar();
    }
  }

  #scalar(): void {
    const scalar = this.#match(SCALAR);
    if (scalar === undefined) throw this.#unexpected('a JSON value or an unquoted {{field}}');
    this.#emit(scalar);
  }

  #object(): void {
    const keys: TextTemplate[] = [];
    const literals = new Set<string>();
    this.#list('{', '}', () => {
      const keyAt = this.#at;
      const key = this.#string();
      keys.push(key);
      if (key.fieldCount === 0) {
        const literal = JSON.stringify(key.parts[0] ?? '');
        if (literals.has(literal)) throw new TemplateError(`duplicate key ${literal}`, keyAt);
        literals.add(literal);
      }
      this.#emitString(key);
      this.#skipSpace();
      this.#take(':');
      this.#value();
    });
    if (keys.some((key) => key.fieldCount > 0)) this.#fieldedObjects.push(keys);
  }

  #array(): void {
    this.#list('[', ']', () => this.#value());
  }

  #list(open: string, close: string, item: () => void): void {
    if (++this.#depth > LIMITS.jsonDepth.max) {
      throw new TemplateError(`nested deeper than ${LIMITS.jsonDepth.max} levels`, this.#at);
    }
    this.#take(open);
    this.#skipSpace();
    if (this.#text[this.#at] !== close) {
      item();
      this.#skipSpace();
      while (this.#text[this.#at] === ',') {
        this.#take(',');
        this.#skipSpace();
        item();
        this.#skipSpace();
      }
    }
    this.#take(close);
    this.#depth--;
  }

  #bareField(): void {
    const open = this.#at;
    const close = endOfField(this.#text, open);
    if (close < 0) throw new TemplateError('unclosed {{', open);
    const field = fieldBetween(this.#text.slice(open + 2, close), open);
    this.#countFields(1, open);
    this.#emitField({ field, place: 'value' });
    this.#at = close + 2;
  }

  #string(): TextTemplate {
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#unexpected('a string in double quotes');
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1;
    if (end >= this.#text.length) throw new TemplateError('not valid JSON: unclosed string', start);
    this.#at = end + 1;
    const literal = this.#text.slice(start, this.#at);
    const template = compileText(decodeString(literal, start), start + 1);
    this.#countFields(template.fieldCount, start);
    return template;
  }

  #emitString(template: TextTemplate): void {
    this.#emit('"');
    for (const part of template.parts) {
      if (typeof part === 'string') this.#emit(escapeJsonString(part));
      else this.#emitField({ field: part, place: 'string' });
    }
    this.#emit('"');
  }

  #emit(json: string): void {
    this.#pieces.push(json);
  }

  #emitField(field: Exclude<JsonPart, string>): void {
    this.#endLiteral();
    this.#parts.push(field);
  }

  /**
   * Joins the text between two fields into one part, so that rendering copies few pieces. `join` makes one flat string;
   * concatenated with `+`, half a million pieces would take 30 times as much memory until they are first rendered.
   */
  #endLiteral(): void {
    if (this.#pieces.length > 0) this.#parts.push(this.#pieces.join(''));
    this.#pieces = [];
  }

  #countFields(count: number, position: number): void {
    this.#fieldCount += count;
    if (this.#fieldCount > MAX_FIELDS) throw new TemplateError(`more than ${MAX_FIELDS} fields`, position);
  }

  #take(token: string): void {
    if (this.#text[this.#at] !== token) throw this.#unexpected(`'${token}'`);
    this.#at++;
    this.#emit(token);
  }

  #skipSpace(): void {
    this.#match(SPACE);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #unexpected(expected: string): TemplateError {
    return new TemplateError(`not valid JSON: expected ${expected}`, this.#at);
  }
}

function decodeString(literal: string, position: number): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    throw new TemplateError('not valid JSON: bad escape or control character in a string', position);
  }
}
