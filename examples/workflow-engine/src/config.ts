import { commonSettings } from '@hookline/shared/runtime/common-settings';
import { type ConfigOf, type Environment, readSettings } from '@hookline/shared/runtime/config';
import { databaseSettings } from '@hookline/shared/runtime/database-settings';

const { kafka, topics, http, local, logging } = commonSettings;

/** Every setting of the engine. */
export const engineSettings = {
  kafka,
  topics: { prefix: topics.prefix, partitions: topics.partitions },
  database: databaseSettings,
  http,
  local,
  logging,
};

export type Config = ConfigOf<typeof engineSettings>;

/** @throws ConfigError that lists every bad setting */
export function readConfig(env?: Environment): Config {
  return readSettings(engineSettings, env);
}
