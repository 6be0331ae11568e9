import { commonConfig } from '@hookline/shared/runtime/common-config';
import { type ConfigOf, loadConfig, secret } from '@hookline/shared/runtime/config';

const { KAFKA_BROKERS, HOOKLINE_TOPIC_PREFIX, HOOKLINE_PARTITIONS, HOST, PORT, LOG_LEVEL } = commonConfig;

const engineConfig = {
  KAFKA_BROKERS,
  HOOKLINE_TOPIC_PREFIX,
  HOOKLINE_PARTITIONS,
  HOST,
  PORT,
  LOG_LEVEL,
  DATABASE_URL: secret({
    desc: 'Postgres for contacts, runs and correlations: postgres://user:password@host:port/database',
  }),
};

export type Config = ConfigOf<typeof engineConfig>;

/** Names whose values are never shown. */
export const SECRETS = ['DATABASE_URL'];

export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  return loadConfig(engineConfig, env);
}
