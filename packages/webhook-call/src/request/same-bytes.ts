/** A Buffer of the same bytes, not copied: those that come from or to a worker are a plain array. */
export function sameBytes(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
