import { LIMITS } from '@hookline/shared/contracts/limits';
import { COMMON_SECRETS, commonConfig } from '@hookline/shared/runtime/common-config';
import { type ConfigOf, count, loadConfig } from '@hookline/shared/runtime/config';
import {
  DATABASE_SECRETS,
  databaseProblems,
  databaseSettings,
} from '@hookline/shared/runtime/database-settings';
import { kafkaProblems } from '@hookline/shared/runtime/kafka-settings';

/** Every variable that the service reads. */
export const logIngestorConfig = {
  ...commonConfig,
  ...databaseSettings,
  HOOKLINE_DATABASE_CONNECTIONS: count(LIMITS.databaseConnections)({
    default: 4,
    desc: 'Maximum connections to Postgres',
  }),
  HOOKLINE_INGEST_BATCH_RECORDS: count(LIMITS.batchRecords)({
    default: 4_000,
    desc: 'Number of records at which a batch is written without waiting for more',
  }),
  HOOKLINE_INGEST_BATCH_BYTES: count(LIMITS.batchBytes)({
    default: 8_388_608,
    desc: 'Maximum bytes of one fetch, and so about the size of a batch',
  }),
  HOOKLINE_INGEST_LINGER_MS: count(LIMITS.lingerMs)({
    default: 100,
    desc: 'How long the first record of a batch waits for others, in ms; adds to the delay from response to row',
  }),
};

export type Config = ConfigOf<typeof logIngestorConfig>;

/** Names whose values are never shown. */
export const SECRETS = [...COMMON_SECRETS, ...DATABASE_SECRETS];

export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  return loadConfig(logIngestorConfig, env, [kafkaProblems, databaseProblems]);
}
