/** Settings of log-ingestor. Pure. */
import { describe, expect, it } from '@jest/globals';
import { loggedConfig } from '@hookline/shared/runtime/config';
import {
  BAD_COMMON_SETTINGS,
  BAD_DATABASE_SETTINGS,
  BAD_LOOKUP_SETTING,
  BAD_REGISTRY_SETTING,
  PUBLISHED_LOOKUP_KEY,
  type BadSetting,
  configProblems,
  environmentOf,
  reportOf,
  SECRET_TEXT,
  variablesWithout,
} from '@hookline/testkit/bad-settings';
import { logIngestorSettings, readConfig } from './config.ts';

const REQUIRED = {
  KAFKA_BROKERS: 'kafka:9092',
  DATABASE_URL: `postgres://me:${SECRET_TEXT}@db/hookline`,
  HOOKLINE_LOOKUP_KEY: Buffer.from(SECRET_TEXT.padEnd(32, '-')).toString('base64'),
};

const BAD: readonly BadSetting[] = [
  ...BAD_COMMON_SETTINGS,
  ...BAD_DATABASE_SETTINGS,
  BAD_LOOKUP_SETTING,
  BAD_REGISTRY_SETTING,
  ['HOOKLINE_DATABASE_CONNECTIONS', '0', 'must be a whole number from 1 to 1000, not "0"'],
  ['HOOKLINE_INGEST_BATCH_RECORDS', '0', 'must be a whole number from 1 to 100000, not "0"'],
  ['HOOKLINE_INGEST_BATCH_BYTES', '8MiB', 'must be a whole number from 1 to 1073741824, not "8MiB"'],
  ['HOOKLINE_INGEST_LINGER_MS', '60001', 'must be a whole number from 0 to 60000, not "60001"'],
  ['HOOKLINE_ANALYTICS_EVERY_MS', '99', 'must be a whole number from 100 to 600000, not "99"'],
  ['HOOKLINE_ANALYTICS_HOUR_DAYS', '0', 'must be a whole number from 1 to 3650, not "0"'],
  ['HOOKLINE_ANALYTICS_DAY_DAYS', '-1', 'must be a whole number from 1 to 3650, not "-1"'],
];

describe('the configuration of log-ingestor', () => {
  it('has a usable default for everything but the stores and the look-up key', () => {
    expect(readConfig(REQUIRED)).toMatchObject({
      database: { url: REQUIRED.DATABASE_URL, caFile: '', maxConnections: 4 },
      batches: { maxRecords: 4_000, maxBytes: 8_388_608, lingerMs: 4 },
    });
    expect(configProblems(() => readConfig({}))).toEqual(
      reportOf(
        logIngestorSettings,
        Object.keys(REQUIRED).map((variable) => [
          variable,
          '',
          variable === 'HOOKLINE_LOOKUP_KEY' ? PUBLISHED_LOOKUP_KEY : 'must be set',
        ]),
      ),
    );
  });

  it('reports all invalid settings together and shows no secret', () => {
    const problems = configProblems(() => readConfig(environmentOf(BAD)));
    expect(problems).toEqual(reportOf(logIngestorSettings, BAD));
    expect(problems.join('\n')).not.toContain(SECRET_TEXT);
    expect(variablesWithout(logIngestorSettings, BAD)).toEqual([
      'KAFKA_USERNAME',
      'KAFKA_PASSWORD',
      'HOOKLINE_TOPIC_PREFIX',
    ]);
  });

  it('applies the rules for database connections', () => {
    const url = 'postgres://db/hookline?sslmode=no-verify';
    expect(configProblems(() => readConfig({ ...REQUIRED, DATABASE_URL: url }))).toEqual([
      'DATABASE_URL has sslmode=no-verify: it must be verify-full or disable',
    ]);
  });

  it('is logged with the names of its variables, and without secrets', () => {
    const logged = loggedConfig(logIngestorSettings, readConfig(REQUIRED));
    expect(logged).toMatchObject({ DATABASE_URL: '[set]', HOOKLINE_INGEST_LINGER_MS: 4 });
    expect(JSON.stringify(logged)).not.toContain(SECRET_TEXT);
  });
});
