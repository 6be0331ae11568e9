import { lookUp, type MergeField, parseMergeField, textOf } from './merge-field.ts';
import { RenderError, TemplateError } from './template-error.ts';

/** A compiled text: literal parts and fields in their order. Nothing in it can be executed. */
export interface TextTemplate {
  parts: readonly (string | MergeField)[];
  fieldCount: number;
}

export const MAX_FIELDS = 100;

/**
 * Compiles `Hi {{contact.name}}`. A `}}` without a field before it is plain text; there is no escape for `{{`.
 * @param start position of the text within the whole template, for messages
 * @throws TemplateError on a malformed or unclosed field, or over 100 fields
 */
export function compileText(text: string, start = 0): TextTemplate {
  const parts: (string | MergeField)[] = [];
  let fieldCount = 0;
  let from = 0;
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', from)) {
    const close = text.indexOf('}}', open + 2);
    if (close < 0) throw new TemplateError('unclosed {{', start + open);
    const field = fieldBetween(text.slice(open + 2, close), start + open);
    if (++fieldCount > MAX_FIELDS) throw new TemplateError(`more than ${MAX_FIELDS} fields`, start + open);
    if (open > from) parts.push(text.slice(from, open));
    parts.push(field);
    from = close + 2;
  }
  if (from < text.length) parts.push(text.slice(from));
  return { parts, fieldCount };
}

/**
 * The field whose braces hold this text.
 * @throws TemplateError if it is none
 */
export function fieldBetween(inner: string, position: number): MergeField {
  const field = parseMergeField(inner);
  if (!field) throw new TemplateError(`bad field ${JSON.stringify(inner.trim())}`, position);
  return field;
}

interface RenderLimits {
  /** What is done to a field's text for the place it goes to. */
  escape?: (text: string) => string;
  /** Greatest length of the result in characters. */
  maxLength: number;
}

/**
 * Fills a template in one pass: what a field brings is never read as a template again.
 * @throws RenderError as soon as the result grows over `maxLength`
 */
export function renderText(template: TextTemplate, context: unknown, limits: RenderLimits): string {
  let result = '';
  for (const part of template.parts) {
    if (typeof part === 'string') {
      result += part;
    } else {
      const text = textOf(lookUp(context, part));
      // Checked before escaping, so that an oversized value is not made larger first.
      if (text.length <= limits.maxLength) result += limits.escape ? limits.escape(text) : text;
      else throw tooLong(limits.maxLength);
    }
    if (result.length > limits.maxLength) throw tooLong(limits.maxLength);
  }
  return result;
}

function tooLong(maxLength: number): RenderError {
  return new RenderError(`renders to more than ${maxLength} characters`);
}
