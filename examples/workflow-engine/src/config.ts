import { commonConfig } from '@hookline/shared/runtime/common-config';
import { type ConfigOf, loadConfig } from '@hookline/shared/runtime/config';
import {
  DATABASE_SECRETS,
  databaseProblems,
  databaseSettings,
} from '@hookline/shared/runtime/database-settings';
import { KAFKA_SECRETS, kafkaProblems, kafkaSettings } from '@hookline/shared/runtime/kafka-settings';

const { HOOKLINE_TOPIC_PREFIX, HOOKLINE_PARTITIONS, HOST, PORT, LOG_LEVEL } = commonConfig;

const engineConfig = {
  ...kafkaSettings,
  ...databaseSettings,
  HOOKLINE_TOPIC_PREFIX,
  HOOKLINE_PARTITIONS,
  HOST,
  PORT,
  LOG_LEVEL,
};

export type Config = ConfigOf<typeof engineConfig>;

/** Names whose values are never shown. */
export const SECRETS = [...KAFKA_SECRETS, ...DATABASE_SECRETS];

export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  return loadConfig(engineConfig, env, [kafkaProblems, databaseProblems]);
}
