/**
 * Maps accounts to partitions. Every record of an account, on every topic, goes to the same partition number, so that
 * one dispatcher owns all work of the account (docs/design/ownership.md).
 */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** Computes murmur2 as Kafka's default partitioner does (32 bits, signed), so that Java clients agree. */
export function murmur2(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const whole = key.length - (key.length % 4);
  let hash = SEED ^ key.length;
  for (let i = 0; i < whole; i += 4) {
    let k = Math.imul(view.getInt32(i, true), M);
    k = Math.imul(k ^ (k >>> 24), M);
    hash = Math.imul(hash, M) ^ k;
  }
  let tail = 0;
  for (let i = key.length - 1; i >= whole; i--) tail = (tail << 8) | (key[i] ?? 0);
  if (whole < key.length) hash = Math.imul(hash ^ tail, M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/**
 * Computes the partition of an account: murmur2 of its UTF-8 id, without the sign bit (as in Kafka), modulo
 * `partitions`.
 */
export function accountPartition(accountId: string, partitions: number): number {
  return (murmur2(Buffer.from(accountId)) & 0x7fffffff) % partitions;
}
