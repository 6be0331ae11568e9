import type { TokenRequest } from '@hookline/shared/contracts/authentication/token-source';
import { createSecretFilter } from '@hookline/credentials/secret-filter';
import { readUrl } from '@hookline/destination-guard/destination-url';
import type { FailureKind } from '../call/call-result.ts';
import { type Caller, USER_AGENT } from '../call/caller.ts';
import type { PreparedRequest } from '../call/prepared-request.ts';
import { TokenError, type TokenErrorCode } from './token-error.ts';

/** A token as its endpoint issued it. */
export interface IssuedToken {
  value: string;
  lifetimeMs: number;
}

/**
 * Requests a token, without retries.
 * @throws TokenError
 */
export type FetchToken = (accountId: string, request: TokenRequest) => Promise<IssuedToken>;

/** Token responses take a few kilobytes; parsing JSON larger than this would block the event loop. */
const MAX_RESPONSE_BYTES = 64 * 1_024;

/**
 * Error code and text for each kind of failed call. The technical reason is omitted, because it could reveal our
 * network.
 */
const FAILURES: Record<FailureKind, [code: TokenErrorCode, reason: string]> = {
  network: ['token_unavailable', 'the token endpoint cannot be reached'],
  dns: ['token_unavailable', 'the host name of the token endpoint does not resolve'],
  malformed: ['token_unavailable', 'the token endpoint sent a malformed response'],
  timeout: ['token_timed_out', 'the token endpoint did not respond in time'],
  cut_off: ['token_unavailable', 'the token endpoint closed the connection before its response was complete'],
  certificate: ['certificate_refused', 'the certificate of the token endpoint is not accepted'],
  handshake: ['certificate_refused', 'the TLS handshake with the token endpoint failed'],
  blocked: ['destination_blocked', 'the token endpoint is not an allowed destination'],
};

/**
 * Creates a `FetchToken`. It calls token endpoints in the same way as webhooks: through the destination guard, on the
 * account's own connections, bounded in time and size, without following redirects. Certificates are always verified,
 * even if the definition disables verification for its own endpoint.
 */
export function createFetchToken(
  deps: { caller: Pick<Caller, 'call'> },
  options: { timeoutMs: number },
): FetchToken {
  return async (accountId, request) => {
    const secrets = createSecretFilter(request.secrets);
    const bounds = { accountId, timeoutMs: options.timeoutMs, sslVerify: true };
    const sent = prepareTokenRequest(request);
    const result = await deps.caller.call(sent, bounds);
    // Overwritten because it may contain the secret.
    sent.body?.fill(0);
    if (result.kind === 'failed') throw new TokenError(...FAILURES[result.failure]);
    if (result.truncated || result.body.length > MAX_RESPONSE_BYTES) {
      throw new TokenError(
        'render_error',
        'the response of the token endpoint is too large, or arrived in too many pieces',
      );
    }
    const reading = request.read({ status: result.status, body: result.body.toString() });
    if (reading.kind === 'token') return reading;
    const code = reading.kind === 'refused' ? 'render_error' : 'token_unavailable';
    throw new TokenError(code, secrets.redact(reading.reason));
  };
}

function prepareTokenRequest({ url, headers, body, secrets }: TokenRequest): PreparedRequest {
  const reading = readUrl(url);
  if (reading.kind === 'refused') throw new TokenError('render_error', reading.refusal.message);
  const { origin, path, search } = reading.url;
  const plain = {
    accept: 'application/json',
    'accept-encoding': 'identity',
    'content-type': 'application/x-www-form-urlencoded',
    'user-agent': USER_AGENT,
  };
  return {
    kind: 'prepared',
    method: 'POST',
    origin,
    target: path + search,
    headers: [
      ...Object.entries(plain).map(([name, value]) => ({ name, value, sensitive: false })),
      ...headers.map((header) => ({ ...header, sensitive: true })),
    ],
    body: Buffer.from(body),
    secretTexts: secrets,
    waitedMs: 0,
    refused: () => false,
  };
}
