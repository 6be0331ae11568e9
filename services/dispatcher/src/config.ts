import { LIMITS } from '@hookline/shared/contracts/limits';
import { commonSettings, foreignSchemaSettings } from '@hookline/shared/runtime/common-settings';
import { type ConfigOf, type Environment, readSettings } from '@hookline/shared/runtime/config';
import { redisSettings } from '@hookline/shared/runtime/redis-settings';
import { count } from '@hookline/shared/runtime/setting';
import { callSettings } from '@hookline/webhook-call/call-config';

/** Every setting of the service. */
export const dispatcherSettings = {
  ...commonSettings,
  engines: foreignSchemaSettings,
  ...callSettings,
  redis: redisSettings,
  /** Calls in flight. */
  slots: {
    perDispatcher: count('HOOKLINE_MAX_IN_FLIGHT', LIMITS.dispatcherMaxInFlight, {
      default: 1_000,
      description: 'Maximum number of calls in flight in one dispatcher',
    }),
    perAccount: count('HOOKLINE_ACCOUNT_MAX_IN_FLIGHT', LIMITS.maxInFlight, {
      default: 100,
      description: 'Maximum number of calls in flight of an account that has no limit of its own',
    }),
    perEndpoint: count('HOOKLINE_ENDPOINT_MAX_IN_FLIGHT', LIMITS.maxInFlightPerEndpoint, {
      default: 10,
      description:
        'Maximum number of calls in flight to one endpoint, for accounts that have no limit of their own',
    }),
  },
  idempotency: {
    windowMs: count('HOOKLINE_IDEMPOTENCY_WINDOW_MS', LIMITS.idempotencyWindowMs, {
      default: 300_000,
      description: 'How long verdicts are remembered, in ms; for older records they are looked up in Kafka',
    }),
  },
  /** Records received and not finished (ADR 21). */
  backlog: {
    maxRecords: count('HOOKLINE_MAX_UNFINISHED', LIMITS.maxUnfinished, {
      default: 200_000,
      description:
        'Maximum number of records received and not finished, most of them undecoded; further records wait in the delay lanes',
    }),
    maxBytes: count('HOOKLINE_MAX_UNFINISHED_BYTES', LIMITS.maxUnfinishedBytes, {
      default: 268_435_456,
      description:
        'Maximum bytes of records received and not finished; further records wait in the delay lanes',
    }),
    maxOpen: count('HOOKLINE_MAX_OPEN', LIMITS.maxOpen, {
      default: 20_000,
      description:
        'Maximum number of records decoded and not finished; an account gets a share of what is free, at least 100',
    }),
  },
  /** Quotas of accounts for which the admin has set no quota (ADR 27). */
  quotas: {
    storedBytesPerDay: count('HOOKLINE_ACCOUNT_MAX_STORED_BYTES_PER_DAY', LIMITS.maxStoredBytesPerDay, {
      default: 21_474_836_480,
      description:
        'Maximum bytes of requests that are accepted from an account in a day (UTC), for accounts that have no quota of their own; further requests end as quota_exceeded',
    }),
  },
  definitions: {
    cacheBytes: count('HOOKLINE_DEFINITION_CACHE_BYTES', LIMITS.definitionCacheBytes, {
      default: 67_108_864,
      description:
        'Maximum bytes of webhook definitions that are kept decoded and compiled; others are decompressed when they are used',
    }),
  },
};

export type Config = ConfigOf<typeof dispatcherSettings>;

/** @throws ConfigError that lists every invalid setting */
export function readConfig(env?: Environment): Config {
  return readSettings(dispatcherSettings, env);
}
