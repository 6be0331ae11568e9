/**
 * Compares fingerprints with the vectors of the Avro project (share/test/data/schema-tests.txt, which has signed
 * numbers). Pure.
 */
import { describe, expect, it } from '@jest/globals';
import { crc64Avro } from './crc64-avro.ts';

const VECTORS: [canonicalForm: string, signedFingerprint: bigint][] = [
  ['"null"', 7195948357588979594n],
  ['"boolean"', -6970731678124411036n],
  ['"int"', 8247732601305521295n],
  ['"long"', -3434872931120570953n],
  ['"float"', 5583340709985441680n],
  ['"double"', -8181574048448539266n],
  ['"bytes"', 5746618253357095269n],
  ['"string"', -8142146995180207161n],
  ['[]', -1241056759729112623n],
  ['{"name":"foo","type":"enum","symbols":["A1"]}', -6342190197741309591n],
];

describe('the CRC-64-AVRO fingerprint', () => {
  it.each(VECTORS)('of %s is %s', (canonicalForm, signed) => {
    expect(BigInt.asIntN(64, crc64Avro(Buffer.from(canonicalForm)))).toBe(signed);
  });

  it('of an empty input is the initial value that the specification defines', () => {
    expect(crc64Avro(Buffer.alloc(0))).toBe(0xc15d213aa4d7a795n);
  });
});
