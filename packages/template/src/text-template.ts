import { endOfField } from './field-text.ts';
import { fieldText, type MergeField, parseMergeField } from './merge-field.ts';
import { RenderError, TemplateError } from './template-error.ts';

/** A compiled text: literal parts and fields in order. It contains nothing executable. */
export interface TextTemplate {
  parts: readonly (string | MergeField)[];
  fieldCount: number;
}

export const MAX_FIELDS = 100;
/** Maximum number of characters of a malformed field that an error message quotes. */
const MAX_SHOWN_LENGTH = 200;

/**
 * Compiles text such as `Hi {{contact.name}}`. A `}}` without a field before it is plain text; `{{` cannot be escaped.
 * @param start position of the text within the whole template, for messages
 * @throws TemplateError on a malformed or unclosed field, or on more than 100 fields
 */
export function compileText(text: string, start = 0): TextTemplate {
  const parts: (string | MergeField)[] = [];
  let fieldCount = 0;
  let from = 0;
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', from)) {
    const close = endOfField(text, open);
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
 * Returns the field with this text between its braces.
 * @throws TemplateError if the text is not a valid field
 */
export function fieldBetween(inner: string, position: number): MergeField {
  const field = parseMergeField(inner);
  if (!field) {
    const shown = inner.trim().slice(0, MAX_SHOWN_LENGTH);
    throw new TemplateError(`bad field ${JSON.stringify(shown)}`, position);
  }
  return field;
}

interface RenderLimits {
  /** Escapes a field's text for its place. */
  escape?: (text: string) => string;
  /** Maximum length of the result in characters. */
  maxLength: number;
}

/**
 * Renders a template in one pass: the value of a field is never parsed as a template itself.
 * @throws RenderError as soon as the result exceeds `maxLength`
 */
export function renderText(template: TextTemplate, context: unknown, limits: RenderLimits): string {
  let result = '';
  for (const part of template.parts) {
    if (typeof part === 'string') {
      result += part;
    } else {
      const text = fieldText(context, part);
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
