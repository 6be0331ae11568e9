import type { ErrorCode } from './error-catalogue.ts';

/** No request could be built. The attempt ends with this error; whether it is retried, the catalogue says. */
export interface RefusedRequest {
  kind: 'refused';
  errorType: Extract<
    ErrorCode,
    | 'render_error'
    | 'payload_too_large'
    | 'destination_blocked'
    | 'token_unavailable'
    | 'token_timed_out'
    | 'certificate_refused'
  >;
  /** Field and reason, for the user. */
  detail: string;
  /** How long it took to find out, where that is not nothing. */
  durationMs?: number;
}
