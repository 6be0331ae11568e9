const UNKNOWN_CA = new Set([
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const NOT_NOW = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const NO_TLS = new Set(['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_WRONG_VERSION_NUMBER']);
/** Alerts with which a server rejects the certificate of a client, or requires one (RFC 8446, section 6.2). */
const CLIENT_REFUSED = /ALERT_(BAD_CERTIFICATE|CERTIFICATE_REQUIRED|CERTIFICATE_UNKNOWN|UNKNOWN_CA)$/;

/**
 * Returns a sentence that explains to an operator why a TLS connection failed, and in most cases the remedy; null for
 * an error that this file does not know.
 * @param error an error with a code of Node or OpenSSL
 * @param store name of the server, and the variable that contains the path of its CA file
 */
export function tlsProblem(error: unknown, store: { name: string; caVariable: string }): string | null {
  const { code, message } = error as { code?: unknown; message?: string };
  if (typeof code !== 'string') return null;
  const { name, caVariable } = store;
  if (UNKNOWN_CA.has(code)) {
    return `the certificate of ${name} is from a CA that is not trusted here (${code}): specify the CA's PEM file in ${caVariable}`;
  }
  if (NOT_NOW.has(code))
    return `the certificate of ${name} is not valid at this time (${code}): renew it or correct the clock`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${name} is for another host (${message}): connect by a name that the certificate contains`;
  }
  if (CLIENT_REFUSED.test(code)) {
    return `${name} requires a client certificate from a CA that it trusts (${code})`;
  }
  if (NO_TLS.has(code))
    return `${name} does not speak TLS at this address (${code}): use its TLS port or disable TLS`;
  return null;
}
