/**
 * Tests the sentences for error codes of Node and OpenSSL. Pure; the tests of the stores produce these codes with real
 * connections.
 */
import { describe, expect, it } from '@jest/globals';
import { tlsProblem } from './tls-problem.ts';

const store = { name: 'Kafka', caVariable: 'KAFKA_CA_FILE' };
const failed = (code: unknown): Error => Object.assign(new Error('no'), { code });

describe('tlsProblem', () => {
  it.each([
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /from a CA that is not trusted here .* KAFKA_CA_FILE$/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /from a CA that is not trusted here/],
    ['CERT_HAS_EXPIRED', /is not valid at this time/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /is for another host \(no\)/],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /^Kafka requires a client certificate/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /^Kafka does not speak TLS at this address/],
  ])('explains %s', (code, sentence) => {
    expect(tlsProblem(failed(code), store)).toMatch(sentence);
  });

  it.each(['ECONNREFUSED', 'ETIMEDOUT', undefined, 7])('returns null for the code %p', (code) => {
    expect(tlsProblem(failed(code), store)).toBeNull();
  });
});
