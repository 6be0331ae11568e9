/** Returns a Buffer with the same memory. Messages between threads carry plain byte arrays. */
export function sameBytes(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
