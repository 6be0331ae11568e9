/** Fingerprint of the empty input, which is also the polynomial (Avro 1.12, "Schema Fingerprints"). */
const EMPTY = 0xc15d213aa4d7a795n;

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let fingerprint = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) {
    fingerprint = (fingerprint >> 1n) ^ (fingerprint & 1n ? EMPTY : 0n);
  }
  return fingerprint;
});

/**
 * Computes CRC-64-AVRO, the Rabin fingerprint that identifies a schema in Avro's single-object encoding.
 * @param canonicalForm UTF-8 bytes of the schema's Parsing Canonical Form
 * @returns the 64-bit fingerprint, unsigned
 */
export function crc64Avro(canonicalForm: Uint8Array): bigint {
  let fingerprint = EMPTY;
  for (const byte of canonicalForm) {
    fingerprint = (fingerprint >> 8n) ^ (TABLE[Number((fingerprint ^ BigInt(byte)) & 0xffn)] ?? 0n);
  }
  return fingerprint;
}
