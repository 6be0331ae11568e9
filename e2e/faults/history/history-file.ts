import { closeSync, openSync, writeSync } from 'node:fs';
import type { HistoryEvent } from '../checker/history-event.ts';

const BUFFER_CHARS = 262_144;

/**
 * A history on disk, one JSON object per line. Writes are synchronous: topics are read without a pause, so the buffer
 * of a stream would grow to the size of a whole topic.
 */
export class HistoryFile {
  readonly path: string;
  readonly #fd: number;
  #buffered = '';
  #isOpen = true;

  /** @param path file that is created, or overwritten if it exists */
  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, 'w');
  }

  write(event: HistoryEvent): void {
    this.#buffered += `${JSON.stringify(event)}\n`;
    if (this.#buffered.length >= BUFFER_CHARS) this.#flush();
  }

  /** Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#flush();
    closeSync(this.#fd);
  }

  #flush(): void {
    if (this.#buffered !== '') writeSync(this.#fd, this.#buffered);
    this.#buffered = '';
  }
}
