import { RenderError } from './template-error.ts';

/** Value of a gap in a body: the raw text, and how it is escaped for its place. */
export interface GapValue {
  text: string;
  escape: (text: string) => string;
}

/**
 * Joins finished text and filled gaps to the bytes of a body. A text is measured before it is escaped (no escaping
 * makes it shorter), so no more is ever built than one escaped value over the limit.
 * @throws RenderError `payload_too_large` as soon as the body grows over `maxBytes`
 */
export function renderBody<Gap extends object>(
  parts: readonly (string | Gap)[],
  fill: (gap: Gap) => GapValue,
  maxBytes: number,
): Buffer {
  let body = '';
  // A character is at least one byte; the exact size is checked at the end.
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
  const bytes = Buffer.from(body);
  if (bytes.length > maxBytes) throw tooLarge();
  return bytes;
}

function tooLarge(): RenderError {
  return new RenderError('renders to more than 1 MiB', 'payload_too_large');
}
