import { RenderError } from './template-error.ts';

/** What goes into a gap of a body: the text as it is, and how it is escaped for its place. */
export interface Filling {
  text: string;
  escape: (text: string) => string;
}

const UTF8 = new TextEncoder();
/** Bytes that a UTF-16 unit takes at most. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Joins finished text and filled gaps to the text of a body. A text is measured before it is escaped (no escaping
 * makes it shorter), so no more is ever built than one escaped value over the limit.
 * @param maxBytes of the body as UTF-8
 * @throws RenderError `payload_too_large` as soon as the body grows over `maxBytes`
 */
export function renderBody<Gap extends object>(
  parts: readonly (string | Gap)[],
  fill: (gap: Gap) => Filling,
  maxBytes: number,
): string {
  let body = '';
  // A character is at least one byte; the exact count comes at the end.
  const take = (piece: string): string => {
    if (body.length + piece.length > maxBytes) throw tooLarge();
    return piece;
  };
  for (const part of parts) {
    if (typeof part === 'string') {
      body += take(part);
    } else {
      const { text, escape } = fill(part);
      body += take(escape(take(text)));
    }
  }
  // Only a body near the limit is encoded to be counted.
  const mayBeTooLarge = body.length * MAX_BYTES_PER_UNIT > maxBytes;
  if (mayBeTooLarge && UTF8.encode(body).length > maxBytes) throw tooLarge();
  return body;
}

function tooLarge(): RenderError {
  return new RenderError('renders to more than 1 MiB', 'payload_too_large');
}
