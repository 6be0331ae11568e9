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
      description: 'Maximum number of connections to Postgres, besides the two that compute analytics',
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
      default: 4,
      description:
        'How long the first record of a batch waits for others, in ms, at up to a few hundred executions per second on a machine with idle processors. Grows to 25 times that with the rate and while the processors are busy, because large batches cost less per record. Adds to the delay from response to row',
    }),
  },
  analytics: {
    everyMs: count('HOOKLINE_ANALYTICS_EVERY_MS', LIMITS.analyticsEveryMs, {
      default: 10_000,
      description:
        'Shortest time in ms after which the changed minutes of an account are recomputed again; three times that for hours, six times for days',
    }),
    hourDays: count('HOOKLINE_ANALYTICS_HOUR_DAYS', LIMITS.historyDays, {
      default: 90,
      description: 'Days for which analytics by hour are kept; those by minute are kept as long as history',
    }),
    dayDays: count('HOOKLINE_ANALYTICS_DAY_DAYS', LIMITS.historyDays, {
      default: 400,
      description: 'Days for which analytics by day, and usage, are kept',
    }),
  },
};

export type Config = ConfigOf<typeof logIngestorSettings>;

/** @throws ConfigError that lists every bad setting */
export function readConfig(env?: Environment): Config {
  return readSettings(logIngestorSettings, env);
}
