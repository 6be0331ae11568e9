/** CPU time of one read from a connection, in ms: measured as 0.01 to 0.04. */
const READ_MS = 0.02;
/** CPU time of one chunk of a body, in ms: measured as 0.0006. */
const CHUNK_MS = 0.001;
/**
 * Cost up to which a call is free, in ms, so that usual calls need no accounting: 256 KiB in packets of 1,400 bytes are
 * 190 reads, or 4 ms.
 */
const FREE_MS = 5;

/**
 * Estimates the CPU time that receiving a response took on the event loop, in ms. It is estimated because a read is too
 * short to be measured and is followed by other work. Bytes and heads are not counted, because their limits bound the
 * time that they take.
 * @returns 0 for a response of usual cost
 */
export function receivingCostMs({ reads, chunks }: { reads: number; chunks: number }): number {
  const costMs = reads * READ_MS + chunks * CHUNK_MS;
  return costMs > FREE_MS ? costMs : 0;
}
