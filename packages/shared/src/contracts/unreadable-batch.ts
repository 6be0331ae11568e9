/**
 * The value of a record that the Kafka door puts in the place of a batch it could not read. It is no event, so every
 * consumer sets it aside as it does with other bytes, and the reason comes along.
 */

const PREFIX = 'hookline: this batch was not read: ';
const PREFIX_BYTES = Buffer.from(PREFIX);

export function unreadableBatch(reason: string): Buffer {
  return Buffer.from(PREFIX + reason);
}

/** Why the batch was not read; undefined for any other record. */
export function unreadableReason(value: Buffer): string | undefined {
  const isOurs = value.subarray(0, PREFIX_BYTES.length).equals(PREFIX_BYTES);
  return isOurs ? value.toString().slice(PREFIX.length) : undefined;
}
