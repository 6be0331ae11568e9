import { createHash } from 'node:crypto';
import type { DeadLetter } from './events.ts';

/**
 * Derives the id of a dead letter from the position and the bytes of the original record. A record that is
 * dead-lettered more than once (after a restart, or by several dispatchers) therefore has only one id, and a log line
 * can contain the id before the dead letter is stored. The bytes are included because offsets restart at 0 if a
 * deployment gets new topics but keeps its database.
 * @returns a UUID of version 8 derived from SHA-256 (RFC 9562, section 5.8 and appendix B.2)
 */
export function deadLetterId(
  letter: Pick<DeadLetter, 'topic' | 'partition' | 'offset' | 'key' | 'value' | 'valueBytes'>,
): string {
  const { topic, partition, offset, key, value, valueBytes } = letter;
  const place = JSON.stringify([
    topic,
    partition,
    offset,
    key?.length ?? null,
    value?.length ?? null,
    valueBytes,
  ]);
  const hash = createHash('sha256').update(place);
  for (const bytes of [key, value]) if (bytes) hash.update(bytes);
  const id = hash.digest().subarray(0, 16);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x80;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
