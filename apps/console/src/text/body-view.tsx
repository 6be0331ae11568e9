import { useMemo, useState } from 'react';
import { texts } from '../texts.ts';
import { byteLength } from './bytes.ts';
import { CopyButton } from './copy-button.tsx';
import { cutEvery, endWithin } from './line-diff.ts';
import { prettyJson } from './pretty-json.ts';
import './text.css';

const words = texts.execution.body;
/** Number of characters that are shown at first. */
const SHOWN_CHARS = 4_000;
/** Maximum number of characters in a piece; the browser lays out a piece only when it scrolls into view. */
const PIECE_CHARS = 4_000;

interface BodyViewProps {
  label: string;
  text: string;
  /** Note that is shown above the text, for example that only its beginning is stored. */
  note?: string | undefined;
}

/**
 * Shows a text that the console did not write, such as the body of a response. JSON is formatted unless the reader
 * turns that off, and a long text is cut until the reader expands it.
 */
export function BodyView({ label, text, note }: BodyViewProps) {
  const [isPretty, setPretty] = useState(true);
  const [isWhole, setWhole] = useState(false);
  const pretty = useMemo(() => prettyJson(text), [text]);
  const chosen = isPretty && pretty !== null ? pretty : text;
  const isCut = !isWhole && chosen.length > SHOWN_CHARS;
  const shown = isCut ? chosen.slice(0, endWithin(chosen, SHOWN_CHARS)) : chosen;
  const pieces = useMemo(() => piecesOf(shown), [shown]);
  const size = byteLength(new TextEncoder().encode(text).length);
  return (
    <figure className="body-view">
      <figcaption className="body-view-bar">
        <strong>{label}</strong>
        <span className="muted">{size}</span>
        <span className="body-view-actions">
          {pretty !== null && (
            <label className="body-view-pretty">
              <input type="checkbox" checked={isPretty} onChange={() => setPretty(!isPretty)} />
              {words.pretty}
            </label>
          )}
          <CopyButton label={texts.execution.copy.body} text={() => text} />
        </span>
      </figcaption>
      {note !== undefined && <p className="field-hint">{note}</p>}
      <pre className="body-view-text foreign" tabIndex={0} role="region" aria-label={label}>
        {pieces.map((piece, index) => (
          <span className="body-view-piece" key={index}>
            {piece}
          </span>
        ))}
      </pre>
      {isCut && (
        <button className="button button-small" type="button" onClick={() => setWhole(true)}>
          {words.showAll(size)}
        </button>
      )}
    </figure>
  );
}

/** Cuts a text into pieces, at line breaks if possible. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const end = text.lastIndexOf('\n', from + PIECE_CHARS);
    const until = from + PIECE_CHARS >= text.length ? text.length : end > from ? end + 1 : null;
    if (until === null) {
      const [piece = ''] = cutEvery(text.slice(from, from + PIECE_CHARS + 1), PIECE_CHARS);
      pieces.push(piece);
      from += piece.length;
    } else {
      // Removes the line break, because each piece is a block element, which ends its line anyway.
      pieces.push(text.slice(from, until).replace(/\n$/, ''));
      from = until;
    }
  }
  return pieces;
}
