/**
 * A sealed value cannot be opened. An unknown data key may still arrive, because keys have a topic of their own; the
 * other codes need an operator. Messages contain ids, never contents.
 */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly code: 'malformed' | 'tampered' | 'unknown_data_key' | 'unknown_master_key';

  constructor(code: SealError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
