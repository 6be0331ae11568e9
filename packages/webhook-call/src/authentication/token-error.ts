import type { ErrorCode } from '../outcome/error-catalogue.ts';

/** How an attempt ends that gets no access token; the catalogue says which of them are retried. */
export type TokenErrorCode = Extract<
  ErrorCode,
  'render_error' | 'token_unavailable' | 'token_timed_out' | 'certificate_refused' | 'destination_blocked'
>;

/** There is no access token. The message is for people and holds nothing secret. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
