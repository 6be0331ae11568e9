/** Returns a Buffer over the same memory, because messages between threads contain plain byte arrays. */
export function sameBytes(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
