import type { ErrorCode } from '../outcome/error-catalogue.ts';

/** Error codes of an attempt without an access token; the catalogue determines which of them are retried. */
export type TokenErrorCode = Extract<
  ErrorCode,
  'render_error' | 'token_unavailable' | 'token_timed_out' | 'certificate_refused' | 'destination_blocked'
>;

/** No access token could be obtained. The message is shown to users and contains no secret. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
