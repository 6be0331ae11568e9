import type { ConsumedRecord } from './consumed-record.ts';

/**
 * Copies as many of the first records as fit into `maxBytes` together; none if the first alone is larger. Copies
 * are needed because the records of kafkajs are views of a whole fetch response, which a single record would keep in
 * memory.
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

/** Returns the size of a record, including its headers, which are bounded only by the limit on the whole record. */
function sizeOf({ key, value, headers }: ConsumedRecord): number {
  const texts = Object.entries(headers).flat();
  return (key?.length ?? 0) + (value?.length ?? 0) + texts.reduce((sum, text) => sum + text.length, 0);
}
