import { LIMITS } from '@hookline/shared/contracts/limits';
import { commonSettings, foreignSchemaSettings } from '@hookline/shared/runtime/common-settings';
import { type ConfigOf, type Environment, readSettings } from '@hookline/shared/runtime/config';
import { databaseSettings } from '@hookline/shared/runtime/database-settings';
import { count } from '@hookline/shared/runtime/setting';
import { lookupSettings } from '@hookline/shared/executions/lookup-settings';

/** Every setting of the service. */
export const logIngestorSettings = {
  ...commonSettings,
  engines: foreignSchemaSettings,
  database: {
    ...databaseSettings,
    maxConnections: count('HOOKLINE_DATABASE_CONNECTIONS', LIMITS.databaseConnections, {
      default: 4,
      description: 'Maximum connections to Postgres',
    }),
  },
  lookUp: lookupSettings,
  batches: {
    maxRecords: count('HOOKLINE_INGEST_BATCH_RECORDS', LIMITS.batchRecords, {
      default: 4_000,
      description: 'Number of records at which a batch is written without waiting for more',
    }),
    maxBytes: count('HOOKLINE_INGEST_BATCH_BYTES', LIMITS.batchBytes, {
      default: 8_388_608,
      description: 'Maximum bytes of one fetch, and so about the size of a batch',
    }),
    lingerMs: count('HOOKLINE_INGEST_LINGER_MS', LIMITS.lingerMs, {
      default: 10,
      description:
        'How long the first record of a batch waits for others, in ms; adds to the delay from response to row',
    }),
  },
};

export type Config = ConfigOf<typeof logIngestorSettings>;

/** @throws ConfigError that lists every bad setting */
export function readConfig(env?: Environment): Config {
  return readSettings(logIngestorSettings, env);
}
