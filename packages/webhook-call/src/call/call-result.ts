/** Raw result of one call, before it is classified. Durations run from before DNS to the last body byte. */
export type CallResult = CallResponse | CallFailure;

export interface CallResponse {
  kind: 'response';
  status: number;
  /** Names in lower case; several of one name joined by a comma and a space. */
  headers: Record<string, string>;
  /** At most 256 KiB, as sent: never decompressed. */
  body: Buffer;
  /** Length of the body: counted where its end was read, else as declared, else null. */
  bodyBytes: number | null;
  bodyBytesRead: number;
  /** The endpoint had more than was read. */
  truncated: boolean;
  durationMs: number;
}

export interface CallFailure {
  kind: 'failed';
  failure: FailureKind;
  /** For logs and operators; never holds what was sent or received. */
  detail: string;
  durationMs: number;
}

export type FailureKind =
  /** No connection, or it broke before the whole answer was there. */
  | 'network'
  | 'dns'
  /** The certificate was not accepted, or the handshake failed. */
  | 'tls'
  | 'timeout'
  /** The guard refused the destination. */
  | 'blocked'
  /** The answer is no HTTP, or over the limits for its headers. */
  | 'malformed';
