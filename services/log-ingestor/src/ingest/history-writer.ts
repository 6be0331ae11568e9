import type { HistoryBatch } from './merge-batch.ts';

/** Store of history. */
export interface HistoryWriter {
  /**
   * Writes either the whole batch or nothing. Writing it again changes nothing.
   * @throws DataRefusedError if the store rejects the data; any other error means that the store itself failed
   */
  write(batch: HistoryBatch): Promise<void>;
}

/**
 * The store works but rejects data: a retry would fail again, so the record with that data must be found and set
 * aside.
 */
export class DataRefusedError extends Error {
  override readonly name = 'DataRefusedError';
}
