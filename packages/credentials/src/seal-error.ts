/**
 * A sealed value that cannot be opened. `unknown_data_key` may be on its way (keys travel on their own topic);
 * the others need an operator. Messages name ids, never contents.
 */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly code: 'malformed' | 'tampered' | 'unknown_data_key' | 'unknown_master_key';

  constructor(code: SealError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
