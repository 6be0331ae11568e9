import { setTimeout } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { explainDatabaseError } from './database-access-error.ts';
import { Configuration1764000000001 } from './migrations/0001-configuration.ts';
import { Outbox1764000000002 } from './migrations/0002-outbox.ts';
import { History1764000000003 } from './migrations/0003-history.ts';
import { TestCalls1764000000004 } from './migrations/0004-test-calls.ts';
import { DeadLetters1764000000005 } from './migrations/0005-dead-letters.ts';
import { LimitsNotSet1764000000006 } from './migrations/0006-limits-not-set.ts';
import { Quotas1764000000007 } from './migrations/0007-quotas.ts';
import { AuthSettings1764000000008 } from './migrations/0008-auth-settings.ts';
import { RequestQuotas1764000000010 } from './migrations/0010-request-quotas.ts';
import { DeliveryChoices1764000000011 } from './migrations/0011-delivery-choices.ts';
import { HistoryLookUps1764000000012 } from './migrations/0012-history-look-ups.ts';
import { HistoryWaits1764000000013 } from './migrations/0013-history-waits.ts';
import { DefinitionVersions1764000000015 } from './migrations/0015-definition-versions.ts';
import { CustomerPauses1764000000016 } from './migrations/0016-customer-pauses.ts';
import { ReplayJobs1764000000017 } from './migrations/0017-replay-jobs.ts';
import { Analytics1764000000018 } from './migrations/0018-analytics.ts';
import { Ledger1764000000019 } from './migrations/0019-ledger.ts';
import { AuditLog1764000000020 } from './migrations/0020-audit-log.ts';
import { ScopesAndExpiry1764000000021 } from './migrations/0021-scopes-and-expiry.ts';
import { IdempotentResponses1764000000022 } from './migrations/0022-idempotent-responses.ts';
import { Changes1764000000023 } from './migrations/0023-changes.ts';
import { AuditLogPersons1764000000024 } from './migrations/0024-audit-log-persons.ts';
import { Cancellations1764000000025 } from './migrations/0025-cancellations.ts';
import { ExecutionWatches1764000000026 } from './migrations/0026-execution-watches.ts';
import { AuditLogPortal1764000000027 } from './migrations/0027-audit-log-portal.ts';
import { OutboxKeys1764000000028 } from './migrations/0028-outbox-keys.ts';

/** Migrations in the order in which they run; TypeORM derives this order from the number at the end of a class name. */
const MIGRATIONS = [
  Configuration1764000000001,
  Outbox1764000000002,
  History1764000000003,
  TestCalls1764000000004,
  DeadLetters1764000000005,
  LimitsNotSet1764000000006,
  Quotas1764000000007,
  AuthSettings1764000000008,
  RequestQuotas1764000000010,
  DeliveryChoices1764000000011,
  HistoryLookUps1764000000012,
  HistoryWaits1764000000013,
  DefinitionVersions1764000000015,
  CustomerPauses1764000000016,
  ReplayJobs1764000000017,
  Analytics1764000000018,
  Ledger1764000000019,
  AuditLog1764000000020,
  ScopesAndExpiry1764000000021,
  IdempotentResponses1764000000022,
  Changes1764000000023,
  AuditLogPersons1764000000024,
  Cancellations1764000000025,
  ExecutionWatches1764000000026,
  AuditLogPortal1764000000027,
  OutboxKeys1764000000028,
];

/** Number of the advisory lock that is held while migrations run; the same in every Hookline database. */
const MIGRATION_LOCK = 4_665_021;

const LOCK_POLL_MS = 100;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Brings the schema of a database up to date. Safe if several services start at the same time: one migrates, and the
 * others wait for it and find nothing left to do. Either all pending migrations succeed or none is applied.
 * @param databaseUrl `postgres://user:password@host:port/database`
 * @throws DatabaseAccessError if the certificate of the database is not accepted
 * @throws Error if the database cannot be reached or a migration fails
 */
export function migrate(databaseUrl: string): Promise<void> {
  return withMigrationLock(databaseUrl, async (source) => {
    await source.runMigrations({ transaction: 'all' });
  });
}

/** Reverts the migration that ran last (for tests, and for an operator who rolls back a release). */
export function revertLast(databaseUrl: string): Promise<void> {
  return withMigrationLock(databaseUrl, (source) => source.undoLastMigration({ transaction: 'all' }));
}

/** Number of migrations, which is how often `revertLast` can be called on the newest schema. */
export const MIGRATION_COUNT = MIGRATIONS.length;

async function withMigrationLock(
  databaseUrl: string,
  work: (source: DataSource) => Promise<void>,
): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    applicationName: 'hookline-migrate',
    migrations: MIGRATIONS,
    migrationsTableName: 'schema_migrations',
    installExtensions: false,
    // One session holds the lock; the migrations run in the other session.
    poolSize: 2,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
  });
  await source.initialize().catch((error: unknown) => {
    throw explainDatabaseError(error);
  });
  const holder = source.createQueryRunner();
  try {
    await acquire(() => holder.query('SELECT pg_try_advisory_lock($1) AS held', [MIGRATION_LOCK]));
    await work(source);
  } finally {
    // Ends the sessions, which releases the lock.
    await holder.release();
    await source.destroy();
  }
}

/**
 * Polls, because a statement that waits for the lock would hold up statements that wait until all older ones have
 * ended, such as `CREATE INDEX CONCURRENTLY`.
 */
async function acquire(tryLock: () => Promise<unknown>): Promise<void> {
  for (;;) {
    const [row] = (await tryLock()) as { held: boolean }[];
    if (row?.held) return;
    await setTimeout(LOCK_POLL_MS);
  }
}
