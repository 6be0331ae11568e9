import { join } from 'node:path';
import { commonSettings } from '@hookline/shared/runtime/common-settings';
import { type ConfigOf, type Environment, readSettings, withRules } from '@hookline/shared/runtime/config';
import { databaseSettings } from '@hookline/shared/runtime/database-settings';
import { secret, text, url } from '@hookline/shared/runtime/setting';

const builder = {
  apiUrl: url('HOOKLINE_API_URL', {
    default: '',
    description: 'Origin of config-api; without it there is no builder page',
  }),
  apiKey: secret(
    text('HOOKLINE_API_KEY', {
      default: '',
      description: 'Key with the scopes read, read:bodies, write and execute',
    }),
  ),
  accountId: text('HOOKLINE_ACCOUNT_ID', { default: '', description: 'Account of the key' }),
  consoleUrl: url('HOOKLINE_CONSOLE_URL', {
    default: '',
    description: 'Origin at which people open the console; that of HOOKLINE_API_URL if empty',
  }),
  formDir: text('HOOKLINE_FORM_DIR', {
    default: join(import.meta.dirname, '../../../packages/webhook-form/dist'),
    description: 'Folder with the build of @hookline/webhook-form',
  }),
};

/** Settings of the builder page. The first three must be set together or not at all. */
const builderSettings = withRules(builder, ({ apiUrl, apiKey, accountId }) => {
  const given = [apiUrl, apiKey, accountId].filter((value) => value !== '').length;
  return given === 0 || given === 3
    ? []
    : ['set all of HOOKLINE_API_URL, HOOKLINE_API_KEY and HOOKLINE_ACCOUNT_ID, or none of them'];
});

const { kafka, topics, http, local, logging } = commonSettings;

/** All settings of the engine. */
export const engineSettings = {
  kafka,
  topics: { prefix: topics.prefix, partitions: topics.partitions },
  database: databaseSettings,
  builder: builderSettings,
  http,
  local,
  logging,
};

export type Config = ConfigOf<typeof engineSettings>;

/** @throws ConfigError that lists every invalid setting */
export function readConfig(env?: Environment): Config {
  return readSettings(engineSettings, env);
}
