import type { ConsumedRecord } from './consumed-record.ts';

/**
 * Copies the first records that together have at most `maxBytes`; none if the first alone is larger. A copy is
 * needed because records of kafkajs are views of a whole fetch response, which a single record would keep in memory.
 */
export function keptRecords(records: readonly ConsumedRecord[], maxBytes: number): ConsumedRecord[] {
  const kept: ConsumedRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    bytes += sizeOf(record);
    if (bytes > maxBytes) break;
    const { key, value } = record;
    kept.push({ ...record, key: key && Buffer.from(key), value: value && Buffer.from(value) });
  }
  return kept;
}

/** Counts the headers too, because only the size of the whole record limits them. */
function sizeOf({ key, value, headers }: ConsumedRecord): number {
  const texts = Object.entries(headers).flat();
  return (key?.length ?? 0) + (value?.length ?? 0) + texts.reduce((sum, text) => sum + text.length, 0);
}
