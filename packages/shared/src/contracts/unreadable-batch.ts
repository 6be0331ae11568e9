/**
 * Value of the record with which the Kafka client replaces a batch that it could not read. It is not an event, so every
 * consumer handles it like any other unreadable bytes, and reports the reason.
 */

const PREFIX = 'hookline: this batch was not read: ';
const PREFIX_BYTES = Buffer.from(PREFIX);

export function unreadableBatch(reason: string): Buffer {
  return Buffer.from(PREFIX + reason);
}

/** Returns why the batch was not read; undefined for a record that does not replace a batch. */
export function unreadableReason(value: Buffer): string | undefined {
  const isOurs = value.subarray(0, PREFIX_BYTES.length).equals(PREFIX_BYTES);
  return isOurs ? value.toString().slice(PREFIX.length) : undefined;
}
