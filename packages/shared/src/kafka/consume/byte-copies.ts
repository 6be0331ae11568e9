/** Size of the first block: about one small record. */
const FIRST_BLOCK_BYTES = 2_048;
/** Size up to which each block is twice as large as the previous one. */
const MAX_BLOCK_BYTES = 262_144;

/**
 * Copies byte sequences one after the other into blocks of memory. Sequences share blocks, because garbage collection
 * visits each block. A block is freed only when none of its copies is referred to any more, so use one object only for
 * sequences that are dropped in about the order in which they were copied.
 */
export class ByteCopies {
  #block = Buffer.alloc(0);
  #used = 0;

  /** Returns a copy; returns the bytes themselves if they are at least half of the memory that they belong to. */
  copy(bytes: Buffer): Buffer {
    if (2 * bytes.length >= bytes.buffer.byteLength) return bytes;
    if (bytes.length > this.#block.length - this.#used) this.#startBlock(bytes.length);
    const copy = this.#block.subarray(this.#used, this.#used + bytes.length);
    bytes.copy(copy);
    this.#used += bytes.length;
    return copy;
  }

  #startBlock(minBytes: number): void {
    const grown = Math.max(FIRST_BLOCK_BYTES, 2 * this.#block.length);
    this.#block = Buffer.allocUnsafeSlow(Math.max(minBytes, Math.min(grown, MAX_BLOCK_BYTES)));
    this.#used = 0;
  }
}
