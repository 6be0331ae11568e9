import { stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { escapeJsonDocument, escapeJsonString } from './escape.ts';
import { lookUp, type MergeField, textOf } from './merge-field.ts';
import { type Filling, renderBody } from './render-body.ts';
import { RenderError } from './template-error.ts';
import { renderText, type TextTemplate } from './text-template.ts';

/** A piece of the output: finished JSON text, a field within a string literal, or a field as a value of its own. */
export type JsonPart = string | { field: MergeField; place: 'string' | 'value' };

/**
 * A compiled JSON payload: the serialised tree with gaps. Quotes, commas and escapes are ours, so whatever
 * a field holds, the result is one JSON document of the template's shape.
 */
export interface JsonTemplate {
  parts: readonly JsonPart[];
  /** Keys of each object that has a field in a key: only there can rendering make two keys equal. */
  fieldedObjects: readonly (readonly TextTemplate[])[];
}

/**
 * Renders a payload to its text. An unquoted field keeps its type, a missing one is `null` there and empty text
 * within quotes.
 * @throws RenderError `payload_too_large` as soon as it grows over `maxBytes`, `render_error` if two keys
 *   of an object become equal
 */
export function renderJson(template: JsonTemplate, context: unknown, maxBytes: number): string {
  const body = renderBody(template.parts, (gap) => fill(gap, context), maxBytes);
  // After the size is known: the keys together are no longer than the body.
  refuseEqualKeys(template, context, maxBytes);
  return body;
}

function fill({ field, place }: Exclude<JsonPart, string>, context: unknown): Filling {
  const value = lookUp(context, field);
  return place === 'string'
    ? { text: textOf(value), escape: escapeJsonString }
    : {
        text: stringifyJson(typeof value === 'string' ? value.toWellFormed() : value),
        escape: escapeJsonDocument,
      };
}

function refuseEqualKeys(template: JsonTemplate, context: unknown, maxLength: number): void {
  for (const keys of template.fieldedObjects) {
    const seen = new Set<string>();
    for (const key of keys) {
      const rendered = renderText(key, context, { maxLength });
      if (seen.has(rendered)) throw new RenderError(`two keys render to ${JSON.stringify(rendered)}`);
      seen.add(rendered);
    }
  }
}
