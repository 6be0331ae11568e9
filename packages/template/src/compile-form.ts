import { endOfValue, itemsOf, membersOf, skipSpace } from '@hookline/shared/contracts/json-source';
import { LongNumberError, refuseLongIntegers } from '@hookline/shared/contracts/lossless-json';
import { compileJson } from './compile-json.ts';
import { escapeForm } from './escape.ts';
import { escapeFieldQuotes, maskFields } from './field-text.ts';
import type { MergeField } from './merge-field.ts';
import { TemplateError } from './template-error.ts';
import { compileText, type TextTemplate } from './text-template.ts';

/** A name and a value of the form, not yet encoded. */
interface FormPair {
  name: string;
  value: TextTemplate;
}

/**
 * Matches the beginning of a JSON object: an encoded form never begins with `{`, which becomes `%7B`; `{{` begins a
 * merge field.
 */
const OBJECT = /^\s*\{(?!\{)/;

/**
 * Compiles a form (ADR 9), given as a JSON object of names and values or as the encoded text itself
 * (`a={{contact.id}}&b=1`). Names must not contain merge fields. The literal parts of the result are already encoded;
 * values of fields are inserted through `escapeForm`.
 * @throws TemplateError if the text is not a form, or if a field is malformed or part of a name
 */
export function compileForm(text: string): TextTemplate {
  const pairs = OBJECT.test(text) ? pairsOfObject(text) : pairsOfText(text);
  const parts: (string | MergeField)[] = [];
  // `join` makes one flat string; concatenated with `+`, the text would take 30 times as much memory until it is first
  // rendered.
  let pieces: string[] = [];
  const endLiteral = (): void => {
    if (pieces.length > 0) parts.push(pieces.join(''));
    pieces = [];
  };
  for (const [index, { name, value }] of pairs.entries()) {
    pieces.push(`${index > 0 ? '&' : ''}${escapeForm(name)}=`);
    for (const part of value.parts) {
      if (typeof part === 'string') {
        pieces.push(escapeForm(part));
      } else {
        endLiteral();
        parts.push(part);
      }
    }
  }
  endLiteral();
  return { parts, fieldCount: parts.filter((part) => typeof part !== 'string').length };
}

function pairsOfObject(text: string): FormPair[] {
  // Reports invalid JSON, a repeated key or a malformed field.
  compileJson(text);
  const json = escapeFieldQuotes(text);
  refuseUnquotedFields(json);
  return membersOf(json, skipSpace(json, 0)).flatMap(([name, at]) => {
    refuseFieldInName(name, 0);
    const items = json[at] === '[' ? itemsOf(json, at) : [at];
    return items.map((item) => ({
      name,
      value: compileText(leafText(name, json.slice(item, endOfValue(json, item)))),
    }));
  });
}

function refuseUnquotedFields(json: string): void {
  try {
    JSON.parse(json);
    refuseLongIntegers(json);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    if (cause instanceof LongNumberError) throw new TemplateError(cause.message, 0);
    throw new TemplateError('a form must not contain unquoted merge fields; put them in quotes', 0);
  }
}

/** Returns the text of a value that is given as JSON text; a number keeps its text. */
function leafText(name: string, json: string): string {
  if (json.startsWith('"')) return (JSON.parse(json) as string).toWellFormed();
  if (!/^[{[n]/.test(json)) return json;
  const shown = JSON.stringify(name);
  throw new TemplateError(`the form field ${shown} must be text, a number, a boolean or a list of these`, 0);
}

function pairsOfText(text: string): FormPair[] {
  // Refuses malformed fields first, because the masking below expects well-formed fields.
  compileText(text);
  const pairs: FormPair[] = [];
  let position = 0;
  // Names and defaults in quotes may contain separators, so fields are masked; the masked text has the same positions.
  for (const masked of maskFields(text).split('&')) {
    const pair = text.slice(position, position + masked.length);
    const equals = masked.indexOf('=');
    const end = equals < 0 ? pair.length : equals;
    const name = pair.slice(0, end);
    refuseFieldInName(name, position);
    const { parts, fieldCount } = compileText(pair.slice(end + 1), position + end + 1);
    const decoded = parts.map((part) => (typeof part === 'string' ? decodeForm(part) : part));
    if (pair !== '') pairs.push({ name: decodeForm(name), value: { parts: decoded, fieldCount } });
    position += pair.length + 1;
  }
  return pairs;
}

function refuseFieldInName(name: string, position: number): void {
  if (name.includes('{{')) throw new TemplateError('merge fields are not allowed in form names', position);
}

/** Decodes a name or a value, which contains no `&`, as form data (WHATWG URL standard). */
function decodeForm(text: string): string {
  return new URLSearchParams(`v=${text}`).get('v') ?? '';
}
