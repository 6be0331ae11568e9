import { Readable } from 'node:stream';

/**
 * Size of the buffer in bytes, larger than a full batch of rows. While the buffer is full, no more rows are read from
 * Postgres for its reader.
 */
const BUFFER_BYTES = 65_536;

/** Sends text to one reader as fast as the reader can receive it. */
export class EventOutput {
  readonly stream: Readable;
  #isFull = false;
  #hasEnded = false;

  /**
   * @param events.onReady called when a full buffer has room again
   * @param events.onClose called once, after the reader has disconnected or everything has been sent
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
    // Errors are ignored, because most streams end when their reader disconnects.
    this.stream.on('error', () => undefined);
    this.stream.once('close', onClose);
  }

  /** Whether the buffer is full because the reader has not received its text yet. */
  get isFull(): boolean {
    return this.#isFull;
  }

  write(text: string): void {
    if (this.stream.destroyed || this.#hasEnded) return;
    if (!this.stream.push(text)) this.#isFull = true;
  }

  /** Sends a last text, then ends the stream. */
  end(text: string): void {
    this.write(text);
    if (!this.stream.destroyed && !this.#hasEnded) this.stream.push(null);
    this.#hasEnded = true;
  }

  /** Disconnects immediately, without sending the buffered text. */
  cut(): void {
    this.stream.destroy();
  }
}
