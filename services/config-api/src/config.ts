import { LIMITS } from '@hookline/shared/contracts/limits';
import { COMMON_SECRETS, commonConfig } from '@hookline/shared/runtime/common-config';
import { type ConfigOf, count, loadConfig, secret } from '@hookline/shared/runtime/config';
import {
  DATABASE_SECRETS,
  databaseProblems,
  databaseSettings,
} from '@hookline/shared/runtime/database-settings';
import { kafkaProblems } from '@hookline/shared/runtime/kafka-settings';
import { redisProblems, redisSettings } from '@hookline/shared/runtime/redis-settings';
import { CALL_SECRETS, callConfig } from '@hookline/webhook-call/call-config';

/**
 * Quotas of accounts for which the admin has set no others (ADR 19). Far above what customers have: the largest known
 * engines run some hundreds of workflows with a few webhook steps of 2 KiB each.
 */
const quotaSettings = {
  HOOKLINE_ACCOUNT_MAX_ACTIONS: count(LIMITS.maxActions)({
    default: 10_000,
    desc: 'Webhook actions that an account may have',
  }),
  HOOKLINE_ACCOUNT_MAX_DEFINITION_BYTES: count(LIMITS.maxDefinitionBytes)({
    default: 67_108_864,
    desc: 'Bytes that all definitions of an account may have together',
  }),
  HOOKLINE_ACCOUNT_MAX_API_KEYS: count(LIMITS.maxApiKeys)({
    default: 100,
    desc: 'API keys that an account may have',
  }),
};

/** Every variable that the service reads. */
export const configApiConfig = {
  ...commonConfig,
  ...callConfig,
  ...databaseSettings,
  ...redisSettings,
  ...quotaSettings,
  HOOKLINE_ADMIN_KEY: secret({
    desc: 'Admin key, which creates accounts and their API keys; generate one with openssl rand -base64 32',
  }),
};

export type Config = ConfigOf<typeof configApiConfig>;

/** Names whose values are never shown. */
export const SECRETS = [...COMMON_SECRETS, ...DATABASE_SECRETS, ...CALL_SECRETS, 'HOOKLINE_ADMIN_KEY'];

export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  return loadConfig(configApiConfig, env, [kafkaProblems, databaseProblems, redisProblems]);
}
