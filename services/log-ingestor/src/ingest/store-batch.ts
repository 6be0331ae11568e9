import type { HistoryWriter } from './history-writer.ts';
import { mergeBatch } from './merge-batch.ts';
import { type DecodedRecord, notStorable, type RejectedRecord } from './read-batch.ts';
import { storeByHalves } from './store-by-halves.ts';

/** Result of storing a batch: every record is in one of the two lists. */
interface StoredBatch {
  stored: DecodedRecord[];
  refused: RejectedRecord[];
}

/**
 * Stores a batch of history, except for records that the store rejects.
 * @throws the writer's error if the store itself fails
 */
export async function storeBatch(
  writer: HistoryWriter,
  batch: readonly DecodedRecord[],
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
