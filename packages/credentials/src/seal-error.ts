const MAY_PASS = ['unknown_format', 'unknown_data_key', 'unknown_master_key', 'damaged_data_key'] as const;

/**
 * Reason why an undamaged value cannot be opened: a key or setting of this deployment is missing or wrong, or its
 * release is too old. An operator can fix this.
 */
type ObstacleCode = (typeof MAY_PASS)[number];

/** Reason why the value itself is unusable: waiting does not help, and the customer has to send the secret again. */
type FaultCode = 'missing' | 'malformed' | 'tampered' | 'other_destination';

/** Reason why a sealed value cannot be opened; also a metric label. */
export type SealErrorCode = ObstacleCode | FaultCode;

/**
 * Thrown if a sealed value cannot be opened. Messages contain ids of keys, never keys or secrets; they are for
 * operators, and customers read a neutral text instead.
 */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly code: SealErrorCode;

  constructor(code: SealErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  /**
   * Whether opening the value may succeed later, because a data key may still arrive or a setting may be corrected.
   * Executions that need the value wait until then.
   */
  get mayPass(): boolean {
    return (MAY_PASS as readonly string[]).includes(this.code);
  }
}
