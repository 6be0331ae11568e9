import { closeSync, openSync, writeSync } from 'node:fs';
import type { HistoryEvent } from '../checker/history-event.ts';

const BUFFER_CHARS = 262_144;

/** A history on disk, one JSON object per line. */
export interface HistoryFile {
  readonly path: string;
  write(event: HistoryEvent): void;
  /** Idempotent. */
  close(): void;
}

/**
 * Creates an empty history. Writes are synchronous, because the buffer of a stream would grow to a whole topic, which
 * is read without a pause.
 */
export function createHistoryFile(path: string): HistoryFile {
  const fd = openSync(path, 'w');
  let buffered = '';
  let open = true;
  const flush = (): void => {
    if (buffered !== '') writeSync(fd, buffered);
    buffered = '';
  };
  return {
    path,
    write: (event) => {
      buffered += `${JSON.stringify(event)}\n`;
      if (buffered.length >= BUFFER_CHARS) flush();
    },
    close: () => {
      if (!open) return;
      open = false;
      flush();
      closeSync(fd);
    },
  };
}
