import { COMMON_SECRETS, commonConfig } from '@hookline/shared/runtime/common-config';
import { type ConfigOf, loadConfig, secret } from '@hookline/shared/runtime/config';
import {
  DATABASE_SECRETS,
  databaseProblems,
  databaseSettings,
} from '@hookline/shared/runtime/database-settings';
import { kafkaProblems } from '@hookline/shared/runtime/kafka-settings';
import { redisProblems, redisSettings } from '@hookline/shared/runtime/redis-settings';
import { CALL_SECRETS, callConfig } from '@hookline/webhook-call/call-config';

const configApiConfig = {
  ...commonConfig,
  ...callConfig,
  ...databaseSettings,
  ...redisSettings,
  HOOKLINE_ADMIN_KEY: secret({
    desc: 'Bootstrap key: creates accounts and their API keys; make one with openssl rand -base64 32',
  }),
};

export type Config = ConfigOf<typeof configApiConfig>;

/** Names whose values are never shown. */
export const SECRETS = [...COMMON_SECRETS, ...DATABASE_SECRETS, ...CALL_SECRETS, 'HOOKLINE_ADMIN_KEY'];

export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  return loadConfig(configApiConfig, env, [kafkaProblems, databaseProblems, redisProblems]);
}
