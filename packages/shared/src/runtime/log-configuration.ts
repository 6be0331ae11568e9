import type { commonSettings } from './common-settings.ts';
import { type ConfigOf, localOnlyValues, loggedConfig, type Settings } from './config.ts';
import type { Logger } from './logger.ts';

/**
 * Logs the configuration of a service, and a warning if HOOKLINE_LOCAL is set or topics are created with only one copy.
 */
export function logConfiguration<S extends typeof commonSettings & Settings>(
  { logger }: { logger: Logger },
  settings: S,
  config: ConfigOf<S> & ConfigOf<typeof commonSettings>,
): void {
  logger.info({ config: loggedConfig(settings, config) }, 'configuration');
  if (config.local) {
    logger.warn(
      { accepted: localOnlyValues(settings, config) },
      'HOOKLINE_LOCAL is set, so settings that are safe only on one machine are accepted; unset it before other machines can reach Hookline',
    );
  }
  if (config.topics.atStart === 'create' && config.topics.replication === 1) {
    logger.warn(
      'HOOKLINE_REPLICATION is 1, so topics are created with one copy, and their records are lost if a broker is lost; set it to 3 in production',
    );
  }
}
