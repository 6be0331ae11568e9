import type { HistoryWriter } from './history-writer.ts';
import { mergeBatch } from './merge-batch.ts';
import { notStorable, type HistoryRecord, type RejectedRecord } from './read-batch.ts';
import { storeByHalves } from './store-by-halves.ts';

/** What became of a batch: every record is in one of the two. */
interface StoredBatch {
  stored: HistoryRecord[];
  refused: RejectedRecord[];
}

/**
 * Stores a batch of history, without the records that the store refuses.
 * @throws what the writer throws if the store is in trouble
 */
export async function storeBatch(
  writer: HistoryWriter,
  batch: readonly HistoryRecord[],
): Promise<StoredBatch> {
  const { stored, refused } = await storeByHalves(batch, (part) =>
    writer.write(mergeBatch(part.map(({ entry }) => entry))),
  );
  return {
    stored,
    refused: refused.map(({ item: { record, entry }, error }) => ({
      record,
      cause: notStorable(entry, `not storable: ${error.message}`),
    })),
  };
}
