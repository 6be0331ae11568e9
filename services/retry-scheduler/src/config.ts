import { commonSettings } from '@hookline/shared/runtime/common-settings';
import { type ConfigOf, type Environment, readSettings } from '@hookline/shared/runtime/config';

/** All settings of the service. The service needs only Kafka, so these are the settings that every service reads. */
export const retrySchedulerSettings = commonSettings;

export type Config = ConfigOf<typeof retrySchedulerSettings>;

/** @throws ConfigError that lists every invalid setting */
export function readConfig(env?: Environment): Config {
  return readSettings(retrySchedulerSettings, env);
}
