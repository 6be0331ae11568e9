import type { ConsumedRecord } from './consumed-record.ts';

/**
 * The first records that together have at most `maxBytes`, none if the first alone has more. They are copies, for what
 * kafkajs hands out are windows into the answer of a whole fetch, which one record would keep in memory.
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

/** Headers are in it, for they have no limit but that of the whole record. */
function sizeOf({ key, value, headers }: ConsumedRecord): number {
  const texts = Object.entries(headers).flat();
  return (key?.length ?? 0) + (value?.length ?? 0) + texts.reduce((sum, text) => sum + text.length, 0);
}
