import type { DeadLetterWriter } from '../dead-letters/pg-dead-letter-writer.ts';
import type { HistoryWriter } from '../ingest/history-writer.ts';
import type { HistoryBatch } from '../ingest/merge-batch.ts';

/** The ids of deleted accounts. */
interface Deleted {
  has(accountId: string): boolean;
}

/** Wraps a writer of history, so that it drops the rows of deleted accounts. */
export function historyWithoutDeleted(writer: HistoryWriter, deleted: Deleted): HistoryWriter {
  return { ...writer, write: (batch) => writer.write(keptOf(batch, deleted)) };
}

/** Wraps a writer of dead letters, so that it drops those of deleted accounts. */
export function deadLettersWithoutDeleted(writer: DeadLetterWriter, deleted: Deleted): DeadLetterWriter {
  return {
    ...writer,
    write: (rows) =>
      writer.write(rows.filter(({ accountId }) => accountId === null || !deleted.has(accountId))),
  };
}

/** Filters every list of a batch, so that a new kind of row is covered too. */
function keptOf(batch: HistoryBatch, deleted: Deleted): HistoryBatch {
  const lists = Object.entries<readonly { accountId: string }[]>({ ...batch });
  const kept = lists.map(([name, rows]) => [name, rows.filter(({ accountId }) => !deleted.has(accountId))]);
  return Object.fromEntries(kept) as HistoryBatch;
}
