import { RenderError } from './template-error.ts';

/** Value of a gap in a body: the raw text, and how it is escaped for its place. */
export interface GapValue {
  text: string;
  escape: (text: string) => string;
}

const UTF8 = new TextEncoder();
/** Maximum number of UTF-8 bytes per UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Joins finished text and filled gaps into the text of a body. A value is measured before it is escaped (escaping never
 * makes it shorter) and again before it is appended, so that an oversized value does not become part of the body.
 * @param maxBytes maximum size of the body as UTF-8
 * @throws RenderError `payload_too_large` as soon as the body exceeds `maxBytes`
 */
export function renderBody<Gap extends object>(
  parts: readonly (string | Gap)[],
  fill: (gap: Gap) => GapValue,
  maxBytes: number,
): string {
  let body = '';
  // Each character takes at least one byte; the exact size is checked at the end.
  const checked = (piece: string): string => {
    if (body.length + piece.length > maxBytes) throw tooLarge();
    return piece;
  };
  for (const part of parts) {
    if (typeof part === 'string') {
      body += checked(part);
    } else {
      const { text, escape } = fill(part);
      body += checked(escape(checked(text)));
    }
  }
  // Only a body that may exceed the limit is encoded to measure it.
  const mayBeTooLarge = body.length * MAX_BYTES_PER_UNIT > maxBytes;
  if (mayBeTooLarge && UTF8.encode(body).length > maxBytes) throw tooLarge();
  return body;
}

function tooLarge(): RenderError {
  return new RenderError('renders to more than 1 MiB', 'payload_too_large');
}
