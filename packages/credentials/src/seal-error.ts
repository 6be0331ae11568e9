const MAY_PASS = ['unknown_format', 'unknown_data_key', 'unknown_master_key', 'damaged_data_key'] as const;

/** Why a value does not open although it may be sound: something is missing or wrong here, and an operator can mend it. */
type ObstacleCode = (typeof MAY_PASS)[number];

/** Why a value itself is at fault: no waiting helps, and the customer has to send the secret again. */
type FaultCode = 'missing' | 'malformed' | 'tampered' | 'other_destination';

/** What became of the attempt to open a sealed value; a label of metrics too. */
export type SealErrorCode = ObstacleCode | FaultCode;

/**
 * A sealed value cannot be opened. Messages contain ids of keys, never contents; they are for operators, and customers
 * read a neutral text instead.
 */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly code: SealErrorCode;

  constructor(code: SealErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  /** Whether the value may open later, so that what needs it waits: a data key may be on its way, a setting be mended. */
  get mayPass(): boolean {
    return (MAY_PASS as readonly string[]).includes(this.code);
  }
}
