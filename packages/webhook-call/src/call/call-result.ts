import type { HttpMethod } from '@hookline/shared/contracts/events';

/** Raw result of one call, before it is classified. Durations run from the DNS lookup to the last body byte. */
export type CallResult = (CallResponse | CallFailure) & {
  /** Redirects that were followed before this result, in order; absent if there were no redirects. */
  redirects?: readonly FollowedRedirect[];
};

/** A redirect response, and the request that followed it. */
export interface FollowedRedirect {
  /** Status of the response that redirected. */
  status: number;
  /** Method and URL of the request that followed the redirect. */
  method: HttpMethod;
  url: string;
  /** Duration of the call that was redirected. */
  durationMs: number;
}

export interface CallResponse {
  kind: 'response';
  status: number;
  /** Names in lower case; values of the same name are joined by a comma and a space. */
  headers: Record<string, string>;
  /**
   * Content without content codings, and in UTF-8 if it is text (ADR 33); at most 256 KiB before the conversion to
   * UTF-8.
   */
  body: Buffer;
  /** Whether the body is not text, because its codings could not be removed or its bytes do not fit its charset. */
  undecodable?: boolean;
  /** Length of the body as sent: counted if it was read to its end, otherwise as declared; null if it is unknown. */
  bodyBytes: number | null;
  bodyBytesRead: number;
  /** Whether `body` is incomplete: it was not read to its end, or its decoded content exceeded the limit. */
  truncated: boolean;
  durationMs: number;
}

export interface CallFailure {
  kind: 'failed';
  failure: FailureKind;
  /**
   * Detail for logs and operators; never quotes headers or bodies, but may quote names from the certificate of the
   * endpoint.
   */
  detail: string;
  /** Fixed text for users that completes the message of the failure; null if there is nothing to add. */
  reason: string | null;
  /** The part of the response received before the failure; null if there was not even a status line. */
  received: CallResponse | null;
  /** Whether the endpoint closed a kept connection before it sent a single byte for this request (ADR 33). */
  keptConnectionClosed: boolean;
  durationMs: number;
}

/** Returns the response of the endpoint, even if it is incomplete; null if there is none. */
export function receivedResponse(result: CallResult): CallResponse | null {
  return result.kind === 'response' ? result : result.received;
}

export type FailureKind =
  /** There was no connection, or it broke before any response arrived. */
  | 'network'
  /** The connection broke before the whole response had arrived. */
  | 'cut_off'
  | 'dns'
  /** The certificate was not accepted. */
  | 'certificate'
  /** The TLS handshake failed for another reason. */
  | 'handshake'
  | 'timeout'
  /** The guard refused the destination. */
  | 'blocked'
  /** The response is not valid HTTP, or exceeds a limit other than that on its body (`ResponseLimitError`). */
  | 'malformed';
