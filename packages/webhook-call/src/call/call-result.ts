import type { HttpMethod } from '@hookline/shared/contracts/events';

/** Raw result of one call, before it is classified. Durations run from before DNS to the last body byte. */
export type CallResult = (CallResponse | CallFailure) & {
  /** Redirects that were followed before this result, in order; absent if there was none. */
  redirects?: readonly FollowedRedirect[];
};

/** A response that redirected, and what was sent because of it. */
export interface FollowedRedirect {
  /** Status of the response that redirected. */
  status: number;
  /** Method and URL of the request that followed it. */
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
  /** At most 256 KiB, as sent: never decompressed. */
  body: Buffer;
  /** Length of the body: counted if it was read to its end, otherwise as declared, or null. */
  bodyBytes: number | null;
  bodyBytesRead: number;
  /** Whether the endpoint had more to send than was read. */
  truncated: boolean;
  durationMs: number;
}

export interface CallFailure {
  kind: 'failed';
  failure: FailureKind;
  /** For logs and operators; never contains data that was sent or received. */
  detail: string;
  durationMs: number;
}

export type FailureKind =
  /** No connection, or it broke before the whole response had arrived. */
  | 'network'
  | 'dns'
  /** The certificate was not accepted, or the handshake failed. */
  | 'tls'
  | 'timeout'
  /** The guard refused the destination. */
  | 'blocked'
  /** The response is not valid HTTP, or exceeds the limits on its headers. */
  | 'malformed';
