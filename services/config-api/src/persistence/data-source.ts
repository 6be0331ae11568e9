import type { Logger } from '@hookline/shared/runtime/logger';
import { DataSource } from 'typeorm';
import { draftEntity, versionEntity } from './draft-entities.ts';
import { ENTITIES } from './entities.ts';

/**
 * Limits of each of the three pools: the pool of TypeORM, the pool of the other adapters, and the pool of long reads. A
 * request holds a connection for a few milliseconds, so ten connections serve many requests. The caller of a statement
 * that runs for 10 s has already given up.
 */
export const POOL_LIMITS = { maxConnections: 10, statementTimeoutMs: 10_000 };

/** Connections to the configuration tables. `initialize` opens them, `destroy` closes them. */
export function createDataSource(deps: { logger: Logger }, options: { databaseUrl: string }): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.databaseUrl,
    applicationName: 'hookline-config-api',
    entities: [...ENTITIES, draftEntity, versionEntity],
    // Only packages/database changes the schema.
    synchronize: false,
    installExtensions: false,
    poolSize: POOL_LIMITS.maxConnections,
    connectTimeoutMS: 5_000,
    poolErrorHandler: (error: unknown) =>
      deps.logger.warn({ err: error }, 'an idle database connection broke; it is replaced when needed'),
    extra: { statement_timeout: POOL_LIMITS.statementTimeoutMs },
  });
}
