/** Settings of config-api. Pure. */
import { describe, expect, it } from '@jest/globals';
import { loggedConfig } from '@hookline/shared/runtime/config';
import {
  BAD_CALL_SETTINGS,
  BAD_COMMON_SETTINGS,
  BAD_DATABASE_SETTINGS,
  BAD_REDIS_SETTINGS,
  type BadSetting,
  configProblems,
  environmentOf,
  reportOf,
  SECRET_TEXT,
  variablesWithout,
} from '@hookline/testkit/bad-settings';
import { configApiSettings, readConfig } from './config.ts';

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
const REQUIRED = {
  KAFKA_BROKERS: 'kafka:9092',
  HOOKLINE_MASTER_KEYS: `k1:${MASTER_KEY}`,
  DATABASE_URL: `postgres://me:${SECRET_TEXT}@db/hookline`,
  REDIS_URL: `redis://me:${SECRET_TEXT}@redis`,
  HOOKLINE_ADMIN_KEY: SECRET_TEXT,
};

const BAD: readonly BadSetting[] = [
  ...BAD_COMMON_SETTINGS,
  ...BAD_CALL_SETTINGS,
  ...BAD_DATABASE_SETTINGS,
  ...BAD_REDIS_SETTINGS,
  ['HOOKLINE_ACCOUNT_MAX_ACTIONS', '1000001', 'must be a whole number from 0 to 1000000, not "1000001"'],
  ['HOOKLINE_ACCOUNT_MAX_DEFINITION_BYTES', '64M', 'must be a whole number from 0 to 17179869184, not "64M"'],
  ['HOOKLINE_ACCOUNT_MAX_API_KEYS', '10001', 'must be a whole number from 0 to 10000, not "10001"'],
  ['HOOKLINE_ADMIN_KEY', '', 'must not be empty'],
];

describe('the configuration of config-api', () => {
  it('has a default for everything but the stores and the keys', () => {
    expect(readConfig(REQUIRED)).toMatchObject({
      database: { url: REQUIRED.DATABASE_URL, caFile: '' },
      quotas: { maxActions: 10_000, maxDefinitionBytes: 67_108_864, maxApiKeys: 100 },
      admin: { key: SECRET_TEXT },
    });
    expect(configProblems(() => readConfig({}))).toEqual(
      reportOf(
        configApiSettings,
        Object.keys(REQUIRED).map((variable) => [variable, '', 'must be set']),
      ),
    );
  });

  it('reports every bad setting at once and shows no secret', () => {
    const problems = configProblems(() => readConfig(environmentOf(BAD)));
    expect(problems).toEqual(reportOf(configApiSettings, BAD));
    expect(problems.join('\n')).not.toContain(SECRET_TEXT);
    expect(variablesWithout(configApiSettings, BAD)).toEqual([
      'KAFKA_USERNAME',
      'KAFKA_PASSWORD',
      'HOOKLINE_TOPIC_PREFIX',
    ]);
  });

  it('is logged by variable, without secrets', () => {
    const logged = loggedConfig(configApiSettings, readConfig(REQUIRED));
    expect(logged).toMatchObject({
      HOOKLINE_ADMIN_KEY: '[set]',
      HOOKLINE_MASTER_KEYS: '[set]',
      DATABASE_URL: '[set]',
      REDIS_URL: 'redis://me:[set]@redis',
      KAFKA_PASSWORD: '[not set]',
    });
    expect(JSON.stringify(logged)).not.toContain(SECRET_TEXT);
    expect(JSON.stringify(logged)).not.toContain(MASTER_KEY);
  });
});
