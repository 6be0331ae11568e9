const LENGTH_BYTES = 4;

/**
 * Assembles the responses of a broker from the pieces in which they arrive. Each response begins with four bytes that
 * contain the length of the rest (protocol guide, "Protocol Primitive Types"). The rest is copied once, into a buffer
 * of exactly the size of the response, so the memory of a piece can be reused immediately. Pure.
 */
export class ResponseAssembler {
  readonly #maxBytes: number;
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  /** The buffer that is being filled: first `#length`, then the response, which begins with the same four bytes. */
  #target: Buffer = this.#length;
  #filledBytes = 0;
  /** Whether an impossible length was announced, so that the bytes after it cannot be divided into responses. */
  #isForeign = false;

  /** @param maxBytes a response that announces more bytes is not from Kafka */
  constructor({ maxBytes }: { maxBytes: number }) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Adds the next piece, whose memory may be overwritten afterwards.
   * @returns the responses that it completes, each with its length; then a copy of the remaining bytes if the other
   *   side does not speak Kafka's protocol
   */
  push(piece: Uint8Array): Buffer[] {
    const complete: Buffer[] = [];
    for (let at = 0; at < piece.length;) {
      if (this.#isForeign) return [...complete, Buffer.from(piece.subarray(at))];
      const end = Math.min(piece.length, at + this.#target.length - this.#filledBytes);
      this.#target.set(piece.subarray(at, end), this.#filledBytes);
      this.#filledBytes += end - at;
      at = end;
      if (this.#filledBytes < this.#target.length) continue;
      if (this.#target === this.#length) this.#target = this.#responseToFill();
      if (this.#filledBytes < this.#target.length) continue;
      complete.push(this.#target);
      this.#target = this.#length;
      this.#filledBytes = 0;
    }
    return complete;
  }

  /**
   * Returns a buffer for the response whose length has arrived; if the length is impossible, a buffer with only the
   * length.
   */
  #responseToFill(): Buffer {
    const bytes = this.#length.readInt32BE();
    this.#isForeign = bytes < 0 || bytes > this.#maxBytes;
    const response = Buffer.allocUnsafe(LENGTH_BYTES + (this.#isForeign ? 0 : bytes));
    response.set(this.#length);
    return response;
  }
}
