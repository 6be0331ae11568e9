import { LIMITS } from '@hookline/shared/contracts/limits';
import { commonSettings } from '@hookline/shared/runtime/common-settings';
import { type ConfigOf, type Environment, readSettings } from '@hookline/shared/runtime/config';
import { databaseSettings } from '@hookline/shared/runtime/database-settings';
import { redisSettings } from '@hookline/shared/runtime/redis-settings';
import { count, nonEmptyText, secret } from '@hookline/shared/runtime/setting';
import { callSettings } from '@hookline/webhook-call/call-config';

/** Every setting of the service. */
export const configApiSettings = {
  ...commonSettings,
  ...callSettings,
  database: databaseSettings,
  redis: redisSettings,
  /**
   * Quotas of accounts for which the admin has set no others (ADR 19). They are far above what customers have: the largest
   * known engines run some hundreds of workflows with a few webhook steps of 2 KiB each.
   */
  quotas: {
    maxActions: count('HOOKLINE_ACCOUNT_MAX_ACTIONS', LIMITS.maxActions, {
      default: 10_000,
      description: 'Webhook actions that an account may have',
    }),
    maxDefinitionBytes: count('HOOKLINE_ACCOUNT_MAX_DEFINITION_BYTES', LIMITS.maxDefinitionBytes, {
      default: 67_108_864,
      description: 'Bytes that all definitions of an account may have together',
    }),
    maxApiKeys: count('HOOKLINE_ACCOUNT_MAX_API_KEYS', LIMITS.maxApiKeys, {
      default: 100,
      description: 'API keys that an account may have',
    }),
  },
  admin: {
    key: secret(
      nonEmptyText('HOOKLINE_ADMIN_KEY', {
        description:
          'Admin key, which creates accounts and their API keys; generate one with openssl rand -base64 32',
      }),
    ),
  },
};

export type Config = ConfigOf<typeof configApiSettings>;

/** @throws ConfigError that lists every bad setting */
export function readConfig(env?: Environment): Config {
  return readSettings(configApiSettings, env);
}
