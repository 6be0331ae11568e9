import { commonConfig } from '@hookline/shared/runtime/common-config';
import { loadConfig, type ConfigOf } from '@hookline/shared/runtime/config';

/** The retry scheduler needs Kafka alone, so it reads what every service reads and keeps no secret. */
export type Config = ConfigOf<typeof commonConfig>;

export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  return loadConfig(commonConfig, env);
}
