import { DestinationBlockedError } from '../guard/guarded-connect.ts';
import { ResolveError } from '../guard/resolver.ts';
import type { FailureKind } from './call-result.ts';

/** The overall deadline of a call passed. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(timeoutMs: number) {
    super(`no complete answer within ${timeoutMs} ms`);
  }
}

/** An answer that is HTTP but over our limits. */
export class ResponseLimitError extends Error {
  override readonly name = 'ResponseLimitError';
}

/** Codes of OpenSSL's certificate verification (X509_V_ERR_…) and of failed handshakes, as Node names them. */
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_|ERROR_IN_CERT_|EPROTO$)/;
const MALFORMED_CODE = /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW$)/;
/** undici has one code for every broken socket; these texts say that the peer spoke, but no HTTP. */
const MALFORMED_SOCKET = /^bad (?:response|upgrade)$/;

/**
 * Sorts an error of the HTTP client into the failures a user knows.
 * @param answered the head of the answer had been read: what breaks after it is a cut-off, not a bad framing
 */
export function classifyFailure(error: unknown, answered: boolean): { failure: FailureKind; detail: string } {
  const { name, message, code } = describe(error);
  const detail = code === '' || message.includes(code) ? message : `${message} (${code})`;
  if (error instanceof DeadlineError) return { failure: 'timeout', detail };
  if (error instanceof DestinationBlockedError) return { failure: 'blocked', detail };
  if (error instanceof ResolveError) return { failure: 'dns', detail: `${message} (${error.code})` };
  if (error instanceof ResponseLimitError) return { failure: 'malformed', detail };
  if (TLS_CODE.test(code)) return { failure: 'tls', detail };
  if (isCutOff(code, answered)) return { failure: 'network', detail };
  if (MALFORMED_CODE.test(code) || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return { failure: 'malformed', detail };
  }
  if (name === 'SocketError' && MALFORMED_SOCKET.test(message)) return { failure: 'malformed', detail };
  return { failure: 'network', detail };
}

/** The connection ended before the declared length, or within a chunked body. */
function isCutOff(code: string, answered: boolean): boolean {
  return answered && (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' || code === 'HPE_INVALID_EOF_STATE');
}

function describe(error: unknown): { name: string; message: string; code: string } {
  if (!(error instanceof Error)) return { name: '', message: String(error), code: '' };
  const code = (error as { code?: unknown }).code;
  return { name: error.name, message: error.message, code: typeof code === 'string' ? code : '' };
}
