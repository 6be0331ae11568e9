import { Readable } from 'node:stream';

/** More than a full set of rows; what does not fit is not read from Postgres before the reader has caught up. */
const BUFFER_BYTES = 65_536;

/** Text that is sent to one reader, at the reader's pace. */
export class EventOutput {
  readonly stream: Readable;
  #isFull = false;
  #hasEnded = false;

  /**
   * @param events.onReady called when the reader has taken what was written while its buffer was full
   * @param events.onClose called once, when the reader is gone or everything has been sent
   */
  constructor({ onReady, onClose }: { onReady: () => void; onClose: () => void }) {
    this.stream = new Readable({
      highWaterMark: BUFFER_BYTES,
      read: () => {
        if (!this.#isFull) return;
        this.#isFull = false;
        onReady();
      },
    });
    // A reader that disappears is the usual end.
    this.stream.on('error', () => undefined);
    this.stream.once('close', onClose);
  }

  /** Whether the reader has not yet taken what was written. */
  get isFull(): boolean {
    return this.#isFull;
  }

  write(text: string): void {
    if (this.stream.destroyed || this.#hasEnded) return;
    if (!this.stream.push(text)) this.#isFull = true;
  }

  /** Ends after what was written. */
  end(text: string): void {
    this.write(text);
    if (!this.stream.destroyed && !this.#hasEnded) this.stream.push(null);
    this.#hasEnded = true;
  }

  /** Disconnects at once. */
  cut(): void {
    this.stream.destroy();
  }
}
