import type { Logger } from '@hookline/shared/runtime/logger';
import { DataSource } from 'typeorm';
import { ENTITIES } from './entities.ts';

const STATEMENT_TIMEOUT_MS = 10_000;

/** Connections to the configuration tables. `initialize` opens them, `destroy` closes them. */
export function createDataSource(deps: { logger: Logger }, options: { databaseUrl: string }): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.databaseUrl,
    applicationName: 'hookline-config-api',
    entities: ENTITIES,
    // The schema belongs to packages/database.
    synchronize: false,
    installExtensions: false,
    poolSize: 10,
    connectTimeoutMS: 5_000,
    poolErrorHandler: (error: unknown) =>
      deps.logger.warn({ err: error }, 'an idle database connection broke; it will be replaced when needed'),
    extra: { statement_timeout: STATEMENT_TIMEOUT_MS },
  });
}
