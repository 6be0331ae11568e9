/** Fingerprint of the empty input, which is also the polynomial (Avro 1.12, "Schema Fingerprints"). */
const EMPTY = 0xc15d213aa4d7a795n;

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let fingerprint = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) {
    fingerprint = (fingerprint >> 1n) ^ (fingerprint & 1n ? EMPTY : 0n);
  }
  return fingerprint;
});

// In halves, because a bigint for each byte of all schemas would leave 40 MiB of garbage at every start.
const HIGH = Uint32Array.from(TABLE, (fingerprint) => highOf(fingerprint));
const LOW = Uint32Array.from(TABLE, (fingerprint) => lowOf(fingerprint));

/**
 * Computes CRC-64-AVRO, the Rabin fingerprint that identifies a schema in Avro's single-object encoding.
 * @param canonicalForm UTF-8 bytes of the schema's Parsing Canonical Form
 * @returns the 64-bit fingerprint, unsigned
 */
export function crc64Avro(canonicalForm: Uint8Array): bigint {
  let [high, low] = [highOf(EMPTY), lowOf(EMPTY)];
  for (const byte of canonicalForm) {
    const index = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (LOW[index] ?? 0);
    high = (high >>> 8) ^ (HIGH[index] ?? 0);
  }
  // `>>> 0` makes the halves unsigned.
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function highOf(value: bigint): number {
  return Number(value >> 32n);
}

function lowOf(value: bigint): number {
  return Number(value & 0xffff_ffffn);
}
