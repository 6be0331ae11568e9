/** Settings of the dispatcher. Pure. */
import { describe, expect, it } from '@jest/globals';
import { loggedConfig } from '@hookline/shared/runtime/config';
import {
  BAD_CALL_SETTINGS,
  BAD_COMMON_SETTINGS,
  BAD_REGISTRY_SETTING,
  BAD_REDIS_SETTINGS,
  type BadSetting,
  configProblems,
  environmentOf,
  reportOf,
  SECRET_TEXT,
  variablesWithout,
} from '@hookline/testkit/bad-settings';
import { dispatcherSettings, readConfig } from './config.ts';

const MASTER_KEY = Buffer.from(Array.from({ length: 32 }, (_, number) => number)).toString('base64');
const REQUIRED = {
  KAFKA_BROKERS: 'kafka:9092',
  REDIS_URL: 'redis://redis:6379',
  HOOKLINE_MASTER_KEYS: `k1:${MASTER_KEY}`,
};

const BAD: readonly BadSetting[] = [
  ...BAD_COMMON_SETTINGS,
  BAD_REGISTRY_SETTING,
  ...BAD_CALL_SETTINGS,
  ...BAD_REDIS_SETTINGS,
  ['HOOKLINE_MAX_IN_FLIGHT', '100001', 'must be a whole number from 1 to 100000, not "100001"'],
  ['HOOKLINE_ACCOUNT_MAX_IN_FLIGHT', '0', 'must be a whole number from 1 to 10000, not "0"'],
  ['HOOKLINE_ENDPOINT_MAX_IN_FLIGHT', '1.5', 'must be a whole number from 1 to 10000, not "1.5"'],
  ['HOOKLINE_IDEMPOTENCY_WINDOW_MS', '5 min', 'must be a whole number from 0 to 86400000, not "5 min"'],
  ['HOOKLINE_MAX_UNFINISHED', '7', 'must be a whole number from 8 to 1000000, not "7"'],
  ['HOOKLINE_MAX_UNFINISHED_BYTES', '1', 'must be a whole number from 1048576 to 68719476736, not "1"'],
  ['HOOKLINE_MAX_OPEN', 'many', 'must be a whole number from 1 to 1000000, not "many"'],
  [
    'HOOKLINE_ACCOUNT_MAX_STORED_BYTES_PER_DAY',
    '20G',
    'must be a whole number from 0 to 1125899906842624, not "20G"',
  ],
  ['HOOKLINE_DEFINITION_CACHE_BYTES', '0', 'must be a whole number from 1048576 to 68719476736, not "0"'],
];

describe('the configuration of the dispatcher', () => {
  it('has a default for everything but Kafka, Redis and the master keys', () => {
    const { kafka: _kafka, topics: _topics, ...config } = readConfig(REQUIRED);
    expect(config).toEqual({
      history: { days: 30 },
      retries: { baseWaitMs: 5_000 },
      http: { host: '127.0.0.1', port: 0 },
      local: false,
      logging: { level: 'info' },
      engines: { schemaRegistryUrl: '' },
      credentials: { masterKeys: REQUIRED.HOOKLINE_MASTER_KEYS, binding: 'action' },
      destinations: { allowed: [], denied: [], dnsServers: [] },
      evaluations: { threads: 2 },
      redis: { url: REQUIRED.REDIS_URL, caFile: '' },
      slots: { perDispatcher: 1_000, perAccount: 100, perEndpoint: 10 },
      idempotency: { windowMs: 300_000 },
      backlog: { maxRecords: 200_000, maxBytes: 268_435_456, maxOpen: 20_000 },
      quotas: { storedBytesPerDay: 21_474_836_480 },
      definitions: { cacheBytes: 67_108_864 },
    });
    expect(configProblems(() => readConfig({}))).toEqual(
      reportOf(
        dispatcherSettings,
        Object.keys(REQUIRED).map((variable) => [variable, '', 'must be set']),
      ),
    );
  });

  it('reports all invalid settings together and shows no secret', () => {
    const problems = configProblems(() => readConfig(environmentOf(BAD)));
    expect(problems).toEqual(reportOf(dispatcherSettings, BAD));
    expect(problems.join('\n')).not.toContain(SECRET_TEXT);
    expect(variablesWithout(dispatcherSettings, BAD)).toEqual([
      'KAFKA_USERNAME',
      'KAFKA_PASSWORD',
      'HOOKLINE_TOPIC_PREFIX',
    ]);
  });

  it('is logged with the names of its variables, and without secrets', () => {
    const env = {
      ...REQUIRED,
      REDIS_URL: `redis://:${SECRET_TEXT}@redis:6379`,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_USERNAME: 'me',
      KAFKA_PASSWORD: SECRET_TEXT,
    };
    const logged = loggedConfig(dispatcherSettings, readConfig(env));
    expect(logged).toMatchObject({
      HOOKLINE_MASTER_KEYS: '[set]',
      KAFKA_PASSWORD: '[set]',
      KAFKA_USERNAME: 'me',
      REDIS_URL: 'redis://:[set]@redis:6379',
      HOOKLINE_ACCOUNT_MAX_IN_FLIGHT: 100,
    });
    expect(JSON.stringify(logged)).not.toContain(SECRET_TEXT);
    expect(JSON.stringify(logged)).not.toContain(MASTER_KEY);
  });
});
