import type { ContentKind } from '@hookline/shared/contracts/events';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import { parseJson, stringifyJson } from '@hookline/shared/contracts/lossless-json';

/** Kinds whose template may be given as a JSON value (R-004, ADR 9). */
const TREE_KINDS: readonly ContentKind[] = ['json', 'form'];

/**
 * The template as it is stored: a text is the template's text itself, any other value becomes its JSON text; null is
 * no body.
 */
export function templateText(template: unknown): string | null {
  if (template === undefined || template === null) return null;
  return typeof template === 'string' ? template : stringifyJson(template);
}

/**
 * Errors of a value that is no template of its kind, which its JSON text would hide: a form is an object or a text, a
 * text, HTML or XML body a text.
 */
export function templateShapeErrors(kind: ContentKind, template: unknown): FieldError[] {
  if (template === undefined || template === null || typeof template === 'string') return [];
  if (kind === 'json' || kind === 'none') return [];
  if (kind === 'form' && typeof template === 'object' && !Array.isArray(template)) return [];
  const message =
    kind === 'form'
      ? 'must be an object or a text where content_kind is form'
      : `must be a text where content_kind is ${kind}`;
  return [{ field: 'payload_template', message }];
}

/** The way back: the value where the text is what that value would be stored as, else the text. */
export function templateInput(kind: ContentKind, text: string | null): unknown {
  if (text === null || !TREE_KINDS.includes(kind)) return text;
  try {
    const value = parseJson(text);
    // JSON.stringify must not lose digits.
    const isSame = JSON.stringify(JSON.parse(text)) === text;
    return isSame && isTree(kind, value) ? value : text;
  } catch (error) {
    // With unquoted fields it is not JSON.
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** Whether a value would be read as a template again; a string would be taken for the template's text. */
function isTree(kind: ContentKind, value: unknown): boolean {
  return typeof value !== 'string' && templateShapeErrors(kind, value).length === 0;
}
