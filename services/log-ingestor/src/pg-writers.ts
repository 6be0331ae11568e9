import type { Logger } from '@hookline/shared/runtime/logger';
import type { Pool } from 'pg';
import { createPgDeadLetterWriter, type DeadLetterWriter } from './dead-letters/pg-dead-letter-writer.ts';
import { DeletedAccounts, READ_EVERY_MS } from './deleted-accounts/deleted-accounts.ts';
import { readDeletedAccounts } from './deleted-accounts/pg-deleted-accounts.ts';
import {
  deadLettersWithoutDeleted,
  historyWithoutDeleted,
} from './deleted-accounts/without-deleted-accounts.ts';
import type { HistoryWriter } from './ingest/history-writer.ts';
import { createPgHistoryWriter } from './ingest/pg-history-writer.ts';

interface PgWriters {
  /** Must be started before the writers are used. */
  deletedAccounts: DeletedAccounts;
  history: HistoryWriter;
  deadLetters: DeadLetterWriter;
}

/**
 * Creates the writers of history and of dead letters, which drop rows of deleted accounts.
 * @param options see `createPgHistoryWriter`
 */
export function createPgWriters(
  { pool, logger }: { pool: Pool; logger: Logger },
  options?: { notesGone: boolean; reports: boolean },
): PgWriters {
  const deletedAccounts = new DeletedAccounts(
    { read: (withinMs) => readDeletedAccounts(pool, withinMs), logger, now: Date.now },
    { everyMs: READ_EVERY_MS },
  );
  return {
    deletedAccounts,
    history: historyWithoutDeleted(createPgHistoryWriter({ pool, logger }, options), deletedAccounts),
    deadLetters: deadLettersWithoutDeleted(createPgDeadLetterWriter({ pool }), deletedAccounts),
  };
}
