import { MAX_URL_LENGTH } from '@hookline/destination-guard/destination-url';
import { escapeUri } from './escape.ts';
import { RenderError } from './template-error.ts';
import { renderText, type TextTemplate } from './text-template.ts';

/**
 * A compiled URL. Scheme, host and port are literal; fields are percent-encoded parts of path segments and of the
 * query. Whatever their values, the rendered URL therefore has the same origin and the same number of segments.
 */
export interface UrlTemplate {
  origin: string;
  /** Literal text (with its slashes) and segments that contain a field. */
  path: readonly (string | TextTemplate)[];
  query: TextTemplate;
}

const LIMITS = { escape: escapeUri, maxLength: MAX_URL_LENGTH };
/** `.` and `..`, between slashes or backslashes: a URL parser, or a receiver that decodes first, resolves them. */
const DOT_PART = /(?:^|[/\\])\.{1,2}(?:[/\\]|$)/;

/**
 * Renders the path and query of a URL, as they appear on the request line.
 * @throws RenderError if a segment with a field renders to empty text, or contains `.` or `..` as a part between
 *   slashes, or if the URL is longer than 2,048 characters
 */
export function renderTarget(template: UrlTemplate, context: unknown): string {
  let target = '';
  for (const part of template.path) {
    target += typeof part === 'string' ? part : renderSegment(part, context);
  }
  target += renderText(template.query, context, LIMITS);
  if (template.origin.length + target.length > MAX_URL_LENGTH) {
    throw new RenderError(`renders to more than ${MAX_URL_LENGTH} characters`);
  }
  return target;
}

function renderSegment(segment: TextTemplate, context: unknown): string {
  const text = renderText(segment, context, LIMITS);
  if (text !== '' && !DOT_PART.test(asReceiverReads(text))) return text;
  const fields = segment.parts.flatMap((part) => (typeof part === 'string' ? [] : [`{{${part.name}}}`]));
  throw new RenderError(
    text === ''
      ? `empty path segment: ${fields.join('')} has no value`
      : `dot segment: ${fields.join('')} renders to dots, or to a part "." or ".." between slashes`,
  );
}

/** Decodes the escapes of dots, slashes and backslashes: many servers do so before they resolve dot segments. */
function asReceiverReads(segment: string): string {
  return segment.replace(/%2e/gi, '.').replace(/%(?:2f|5c)/gi, '/');
}
