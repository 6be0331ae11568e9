import { randomBytes } from 'node:crypto';
import type { StackAddresses } from '@hookline/testkit/stack/start-stack';

/** The four services in the order in which they are listed, config-api first, because users connect to it. */
export const SERVICE_NAMES = ['config-api', 'dispatcher', 'retry-scheduler', 'log-ingestor'] as const;

/** Variables that all services of a local run share; each service reads those that it declares. */
export interface ServiceSettings {
  KAFKA_BROKERS: string;
  HOOKLINE_TOPIC_PREFIX: string;
  HOOKLINE_PARTITIONS: string;
  DATABASE_URL: string;
  REDIS_URL: string;
  HOOKLINE_MASTER_KEYS: string;
  HOOKLINE_ADMIN_KEY: string;
  HOOKLINE_CREDENTIAL_BINDING: string;
  HOOKLINE_ALLOWED_DESTINATIONS: string;
  HOOKLINE_LOCAL: string;
}

/**
 * Returns settings for a local run. Values in `given` take precedence; missing keys are generated for each run, because
 * the stores that a run starts are empty.
 * @param receiver `host:port` of the demo's endpoint, which the destination guard must allow
 */
export function serviceSettings(
  given: Readonly<Record<string, string | undefined>>,
  stack: StackAddresses,
  receiver: string,
): ServiceSettings {
  const allowed = [receiver, given['HOOKLINE_ALLOWED_DESTINATIONS']].filter(Boolean);
  return {
    KAFKA_BROKERS: stack.kafkaBrokers.join(','),
    HOOKLINE_TOPIC_PREFIX: given['HOOKLINE_TOPIC_PREFIX'] ?? '',
    HOOKLINE_PARTITIONS: given['HOOKLINE_PARTITIONS'] || '12',
    DATABASE_URL: stack.databaseUrl,
    REDIS_URL: stack.redisUrl,
    HOOKLINE_MASTER_KEYS: given['HOOKLINE_MASTER_KEYS'] || `local:${randomBytes(32).toString('base64')}`,
    HOOKLINE_ADMIN_KEY: given['HOOKLINE_ADMIN_KEY'] || randomBytes(32).toString('base64url'),
    // All services of a local run are of this release and can read this format; data of earlier releases can still be
    // read.
    HOOKLINE_CREDENTIAL_BINDING: given['HOOKLINE_CREDENTIAL_BINDING'] || 'destination',
    HOOKLINE_ALLOWED_DESTINATIONS: allowed.join(','),
    // Permits the published passwords, which the stores may have; this is safe, because all ports are on the
    // loopback interface.
    HOOKLINE_LOCAL: given['HOOKLINE_LOCAL'] || '1',
  };
}
