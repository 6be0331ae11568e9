import { escapeJsonDocument, escapeJsonString } from './escape.ts';
import { fieldJson, fieldText, type MergeField } from './merge-field.ts';
import { type GapValue, renderBody } from './render-body.ts';
import { RenderError } from './template-error.ts';
import { renderText, type TextTemplate } from './text-template.ts';

/** Maximum number of characters of a key that an error message quotes. */
const SHOWN_KEY_LENGTH = 100;

/** A part of the output: finished JSON text, a field within a string literal, or a field that is a whole value. */
export type JsonPart = string | { field: MergeField; place: 'string' | 'value' };

/**
 * A compiled JSON payload: serialised JSON with gaps. Quotes, commas and escapes come from the template, so
 * the result is one JSON document of the template's shape, whatever the values of its fields.
 */
export interface JsonTemplate {
  parts: readonly JsonPart[];
  /** Keys of each object with a merge field in a key; only in such objects can rendering make two keys equal. */
  fieldedObjects: readonly (readonly TextTemplate[])[];
}

/**
 * Renders a payload to its text. The value of an unquoted field keeps its type, and a number keeps its text. A missing
 * value becomes `null` in an unquoted field, and empty text within quotes; a default is text in both places.
 * @throws RenderError `payload_too_large` as soon as the body exceeds `maxBytes`, `render_error` if two keys
 *   of an object become equal
 */
export function renderJson(template: JsonTemplate, context: unknown, maxBytes: number): string {
  const body = renderBody(template.parts, (gap) => fill(gap, context), maxBytes);
  // Called after the size check, which also bounds the total length of the keys.
  refuseEqualKeys(template, context, maxBytes);
  return body;
}

function fill({ field, place }: Exclude<JsonPart, string>, context: unknown): GapValue {
  return place === 'string'
    ? { text: fieldText(context, field), escape: escapeJsonString }
    : { text: fieldJson(context, field), escape: escapeJsonDocument };
}

function refuseEqualKeys(template: JsonTemplate, context: unknown, maxLength: number): void {
  for (const keys of template.fieldedObjects) {
    const seen = new Set<string>();
    for (const key of keys) {
      const rendered = renderText(key, context, { maxLength });
      if (seen.has(rendered))
        throw new RenderError(`two keys render to ${JSON.stringify(rendered.slice(0, SHOWN_KEY_LENGTH))}`);
      seen.add(rendered);
    }
  }
}
