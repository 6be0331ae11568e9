import type { FailureKind } from './call-result.ts';

/** Codes of OpenSSL's certificate verification (X509_V_ERR_…), as Node names them. */
const CERTIFICATE_CODE =
  /^(?:ERR_TLS_CERT_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_|ERROR_IN_CERT_)/;

/** Codes of failed handshakes. */
const HANDSHAKE_CODE = /^(?:ERR_TLS_|ERR_SSL_|EPROTO$)/;

const CHAIN =
  'its chain does not lead to a known authority; check that the endpoint sends all intermediate certificates';
const SELF_SIGNED = 'it is self-signed or signed by a private authority';
const OTHER_HOST = 'it is not valid for this host name';

/** Reasons shown to people, by error code. They contain no data that the endpoint chooses. */
const CERTIFICATE_REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it has been revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: OTHER_HOST,
  HOSTNAME_MISMATCH: OTHER_HOST,
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: SELF_SIGNED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CHAIN,
  UNABLE_TO_GET_ISSUER_CERT: CHAIN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CHAIN,
};

const HANDSHAKE_REASONS: readonly [code: RegExp, reason: string][] = [
  [
    /UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|WRONG_SSL_VERSION|VERSION_TOO_LOW/,
    'the endpoint supports neither TLS 1.2 nor TLS 1.3',
  ],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER|INVALID_RECORD/,
    'the endpoint does not speak TLS on this port',
  ],
  [/CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE/, 'the endpoint requires a client certificate'],
  [
    /HANDSHAKE_FAILURE|NO_SHARED_CIPHER|NO_CIPHERS/,
    'the endpoint refused the handshake; it may offer no common cipher',
  ],
  [/UNRECOGNIZED_NAME/, 'the endpoint does not recognise this host name'],
  [/KEY_TOO_SMALL|MD_TOO_WEAK/, 'the key or signature of the endpoint is too weak'],
];

const NETWORK_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ETIMEDOUT: 'no connection in time',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the host',
  UND_ERR_SOCKET: 'the endpoint closed the connection without an answer',
};

/** Returns the failure (certificate or handshake) that a TLS error code indicates, or null. */
export function tlsFailure(code: string): Extract<FailureKind, 'certificate' | 'handshake'> | null {
  if (CERTIFICATE_CODE.test(code)) return 'certificate';
  return HANDSHAKE_CODE.test(code) ? 'handshake' : null;
}

/** Returns the reason to show to people for a failure, or null if there is nothing to add to its message. */
export function failureReason(failure: FailureKind, code: string): string | null {
  if (failure === 'certificate') return CERTIFICATE_REASONS[code] ?? `it was not accepted (${code})`;
  if (failure === 'handshake') {
    return HANDSHAKE_REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? `it failed with ${code}`;
  }
  return failure === 'network' ? (NETWORK_REASONS[code] ?? null) : null;
}
