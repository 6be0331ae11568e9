/** Thrown if decompression fails because the output would exceed the bound or the input is corrupt. */
export class DecompressionError extends Error {
  override readonly name = 'DecompressionError';
  readonly code: 'too_large' | 'malformed';

  constructor(code: DecompressionError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Number of bytes up to which a loop copies faster than a call of `copyWithin`. */
const SHORT_COPY_BYTES = 32;

/** Bounded output of LZ4 and Snappy, to which literals and copies of earlier bytes are appended. */
export class BoundedOutput {
  readonly #maxBytes: number;
  #buffer: Buffer;
  #length = 0;

  constructor(maxBytes: number, expectedBytes: number) {
    this.#maxBytes = maxBytes;
    this.#buffer = Buffer.allocUnsafe(Math.min(maxBytes, expectedBytes));
  }

  get length(): number {
    return this.#length;
  }

  /** Returns a view of the output that is valid until the next change. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** @throws DecompressionError `too_large` */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /**
   * Repeats `count` bytes that begin `distance` bytes back; they may overlap with the bytes being written.
   * @param start offset from which bytes may be repeated
   * @throws DecompressionError
   */
  repeat(distance: number, count: number, start: number): void {
    if (distance < 1 || distance > this.#length - start) {
      throw new DecompressionError('malformed', 'a copy refers to bytes before the start of the output');
    }
    this.#reserve(count);
    const buffer = this.#buffer;
    const end = this.#length + count;
    let to = this.#length;
    let from = to - distance;
    this.#length = end;
    if (count <= SHORT_COPY_BYTES) {
      while (to < end) buffer[to++] = buffer[from++] ?? 0;
      return;
    }
    // Each round doubles the number of bytes available for copying.
    for (from = to - distance; to < end;) {
      const bytes = Math.min(to - from, end - to);
      buffer.copyWithin(to, from, from + bytes);
      to += bytes;
    }
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed > this.#maxBytes) {
      throw new DecompressionError('too_large', `more than ${this.#maxBytes} bytes when decompressed`);
    }
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(needed, 2 * this.#buffer.length)));
    grown.set(this.bytes());
    this.#buffer = grown;
  }
}
