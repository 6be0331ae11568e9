import { LIMITS } from '@hookline/shared/contracts/limits';
import { COMMON_SECRETS, commonConfig } from '@hookline/shared/runtime/common-config';
import { count, loadConfig, type ConfigOf } from '@hookline/shared/runtime/config';
import { kafkaProblems } from '@hookline/shared/runtime/kafka-settings';
import { redisProblems, redisSettings } from '@hookline/shared/runtime/redis-settings';
import { CALL_SECRETS, callConfig } from '@hookline/webhook-call/call-config';

/** Every variable that the service reads. */
export const dispatcherConfig = {
  ...commonConfig,
  ...callConfig,
  ...redisSettings,
  HOOKLINE_MAX_IN_FLIGHT: count(LIMITS.dispatcherMaxInFlight)({
    default: 1_000,
    desc: 'Maximum calls in flight in one dispatcher',
  }),
  HOOKLINE_ACCOUNT_MAX_IN_FLIGHT: count(LIMITS.maxInFlight)({
    default: 100,
    desc: 'Maximum calls in flight of an account that has no limit of its own',
  }),
  HOOKLINE_ENDPOINT_MAX_IN_FLIGHT: count(LIMITS.maxInFlightPerEndpoint)({
    default: 10,
    desc: 'Maximum calls in flight to one endpoint, for accounts that have no limit of their own',
  }),
  HOOKLINE_IDEMPOTENCY_WINDOW_MS: count(LIMITS.idempotencyWindowMs)({
    default: 300_000,
    desc: 'How long verdicts are remembered, in ms; for older records they are looked up in Kafka',
  }),
  HOOKLINE_MAX_UNFINISHED: count(LIMITS.maxUnfinished)({
    default: 200_000,
    desc: 'Maximum records received and not finished, most of them undecoded; further ones wait in the delay lanes',
  }),
  HOOKLINE_MAX_UNFINISHED_BYTES: count(LIMITS.maxUnfinishedBytes)({
    default: 268_435_456,
    desc: 'Maximum bytes of records received and not finished; further records wait in the delay lanes',
  }),
  HOOKLINE_MAX_OPEN: count(LIMITS.maxOpen)({
    default: 20_000,
    desc: 'Maximum records decoded and not finished; an account gets a share of what is free, at least 100',
  }),
  HOOKLINE_DEFINITION_CACHE_BYTES: count(LIMITS.definitionCacheBytes)({
    default: 67_108_864,
    desc: 'Maximum bytes of webhook definitions that are kept decoded and compiled; others are decompressed when they are used',
  }),
};

export type Config = ConfigOf<typeof dispatcherConfig>;

/** Names whose values are never shown. */
export const SECRETS = [...COMMON_SECRETS, ...CALL_SECRETS];

export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  return loadConfig(dispatcherConfig, env, [kafkaProblems, redisProblems]);
}
