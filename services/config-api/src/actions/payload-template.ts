import type { ContentKind } from '@hookline/shared/contracts/events';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import { isTextWithinDepth } from '@hookline/shared/contracts/json-depth';
import { parseJson, stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { sourceOf } from '../http/body-source.ts';

/** Kinds whose template may be given as a JSON value (R-004, ADR 9). */
const TREE_KINDS: readonly ContentKind[] = ['json', 'form'];

/**
 * Returns the template as stored. A string is the text of the template itself. Any other value becomes its JSON text,
 * with the numbers and the order of keys that were sent. Null means that there is no body.
 */
export function templateText(template: unknown): string | null {
  if (template === undefined || template === null) return null;
  return typeof template === 'string' ? template : (sourceOf(template) ?? stringifyJson(template));
}

/**
 * Rejects a value whose type does not suit the content kind, because the stored JSON text would not show the mistake. A
 * form must be an object or a string; text, HTML and XML must be strings.
 */
export function templateShapeErrors(kind: ContentKind, template: unknown): FieldError[] {
  if (template === undefined || template === null || typeof template === 'string') return [];
  if (kind === 'json' || kind === 'none') return [];
  if (kind === 'form' && typeof template === 'object' && !Array.isArray(template)) return [];
  const message =
    kind === 'form'
      ? 'must be an object or a string when content_kind is form'
      : `must be a string when content_kind is ${kind}`;
  return [{ field: 'payload_template', message }];
}

/** Reverses `templateText`: returns the value if it would be stored as exactly this text, otherwise the text. */
export function templateInput(kind: ContentKind, text: string | null): unknown {
  if (text === null || !TREE_KINDS.includes(kind)) return text;
  // Earlier releases stored values that are nested too deeply to be serialized again.
  if (!isTextWithinDepth(text)) return text;
  try {
    const value = parseJson(text);
    // The texts differ if the stored text contains white space, or if JavaScript would write a number or a string
    // differently or change the order of keys.
    const isSame = JSON.stringify(JSON.parse(text)) === text;
    return isSame && isTree(kind, value) ? value : text;
  } catch (error) {
    // A template with unquoted merge fields is not JSON.
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/**
 * Whether a value would be read as the same template again. A string would not, because it is read as the text of the
 * template.
 */
function isTree(kind: ContentKind, value: unknown): boolean {
  return typeof value !== 'string' && templateShapeErrors(kind, value).length === 0;
}
