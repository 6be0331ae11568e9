import type { HistoryBatch } from './merge-batch.ts';

/** Where history is kept. */
export interface HistoryWriter {
  /**
   * Writes a batch whole or not at all. Writing it again changes nothing.
   * @throws DataRefusedError if the store refuses what the batch holds; any other error is the store's trouble
   */
  write(batch: HistoryBatch): Promise<void>;
}

/** The store is well but refuses data: trying again is in vain, so the record at fault must be found and set aside. */
export class DataRefusedError extends Error {
  override readonly name = 'DataRefusedError';
}
