import { DataRefusedError, type HistoryWriter } from './history-writer.ts';
import { mergeBatch } from './merge-batch.ts';
import type { ReadRecord, RejectedRecord } from './read-batch.ts';

/** What became of a batch: every record is in one of the two. */
export interface StoredBatch {
  stored: ReadRecord[];
  refused: RejectedRecord[];
}

/**
 * Stores a batch, all of it in one transaction if the store takes it. If it refuses, the records at fault are found by
 * halving, each at the cost of about 2·log2(n) transactions, and the others are stored.
 * @throws what the writer throws if the store is in trouble; halves that were stored by then stay
 */
export async function storeBatch(writer: HistoryWriter, batch: readonly ReadRecord[]): Promise<StoredBatch> {
  if (batch.length === 0) return { stored: [], refused: [] };
  try {
    await writer.write(mergeBatch(batch.map(({ entry }) => entry)));
    return { stored: [...batch], refused: [] };
  } catch (error) {
    if (!(error instanceof DataRefusedError)) throw error;
    const [only, ...others] = batch;
    if (only && others.length === 0) {
      return { stored: [], refused: [{ record: only.record, error: `not storable: ${error.message}` }] };
    }
  }
  const middle = Math.ceil(batch.length / 2);
  const first = await storeBatch(writer, batch.slice(0, middle));
  const second = await storeBatch(writer, batch.slice(middle));
  return {
    stored: [...first.stored, ...second.stored],
    refused: [...first.refused, ...second.refused],
  };
}
