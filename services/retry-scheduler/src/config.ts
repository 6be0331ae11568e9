import { COMMON_SECRETS, commonConfig } from '@hookline/shared/runtime/common-config';
import { loadConfig, type ConfigOf } from '@hookline/shared/runtime/config';
import { kafkaProblems } from '@hookline/shared/runtime/kafka-settings';

/** The retry scheduler needs Kafka alone, so it reads what every service reads. */
export type Config = ConfigOf<typeof commonConfig>;

/** Names whose values are never shown. */
export const SECRETS = COMMON_SECRETS;

export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  return loadConfig(commonConfig, env, [kafkaProblems]);
}
