/** How Kafka, Postgres and Redis are entered, as variables say: what fits together and what does not. Reads files. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PemFiles, pemFiles } from '@hookline/testkit/pem-files';
import { problemLines } from '@hookline/testkit/problem-lines';
import { COMMON_SECRETS, commonConfig } from './common-config.ts';
import { ConfigError, loadConfig, maskedSummary } from './config.ts';
import { databaseProblems, databaseSettings, databaseUrl } from './database-settings.ts';
import { kafkaProblems, kafkaSettings } from './kafka-settings.ts';
import { redisProblems, redisSettings } from './redis-settings.ts';

let pem: PemFiles;

beforeAll(async () => {
  pem = await pemFiles();
});
afterAll(async () => pem[Symbol.asyncDispose]());

/** The lines of the message, without the first; none if all is well. */
function problemsOf(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    return problemLines(error, ConfigError);
  }
  return [];
}

describe('Kafka', () => {
  const problems = (env: Record<string, string>): string[] =>
    problemsOf(() => loadConfig(kafkaSettings, { KAFKA_BROKERS: 'kafka:9092', ...env }, [kafkaProblems]));
  const login = { KAFKA_USERNAME: 'me', KAFKA_PASSWORD: 'hunter2' };

  it('is entered with nothing, over TLS, with certificates, and by a login', () => {
    const { clientCertFile, clientKeyFile, caFile } = pem;
    const tls = { KAFKA_TLS: 'true', KAFKA_CA_FILE: caFile };
    expect(problems({})).toEqual([]);
    expect(problems({ KAFKA_TLS: 'true' })).toEqual([]);
    expect(problems({ ...tls, KAFKA_CERT_FILE: clientCertFile, KAFKA_KEY_FILE: clientKeyFile })).toEqual([]);
    expect(problems({ ...tls, ...login, KAFKA_SASL_MECHANISM: 'plain' })).toEqual([]);
    expect(problems({ ...login, KAFKA_SASL_MECHANISM: 'scram-sha-512' })).toEqual([]);
  });

  it('wants both halves of what comes in two', () => {
    expect(problems({ KAFKA_TLS: 'true', KAFKA_CERT_FILE: pem.clientCertFile })).toEqual([
      'KAFKA_KEY_FILE is not set, which KAFKA_CERT_FILE needs',
    ]);
    expect(problems({ KAFKA_TLS: 'true', KAFKA_KEY_FILE: pem.clientKeyFile })).toEqual([
      'KAFKA_CERT_FILE is not set, which KAFKA_KEY_FILE needs',
    ]);
    expect(problems({ KAFKA_SASL_MECHANISM: 'scram-sha-256' })).toEqual([
      'KAFKA_USERNAME is not set, which KAFKA_SASL_MECHANISM needs',
      'KAFKA_PASSWORD is not set, which KAFKA_SASL_MECHANISM needs',
    ]);
  });

  it('lets nothing be set that has no effect', () => {
    expect(problems({ KAFKA_CA_FILE: pem.caFile, ...login })).toEqual([
      'KAFKA_CA_FILE is set, but KAFKA_TLS is not true',
      'KAFKA_USERNAME is set, but KAFKA_SASL_MECHANISM is not',
      'KAFKA_PASSWORD is set, but KAFKA_SASL_MECHANISM is not',
    ]);
  });

  it('sends no password in clear', () => {
    expect(problems({ ...login, KAFKA_SASL_MECHANISM: 'PLAIN' })).toEqual([
      'KAFKA_SASL_MECHANISM is plain, which sends the password in clear: set KAFKA_TLS=true',
    ]);
  });

  it('reads every file at once', async () => {
    const gone = join(pem.dir, 'gone.pem');
    const text = join(pem.dir, 'text.pem');
    await writeFile(text, 'neither a certificate nor a key');
    const env = { KAFKA_TLS: 'true', KAFKA_CA_FILE: gone, KAFKA_CERT_FILE: text, KAFKA_KEY_FILE: text };
    expect(problems(env)).toEqual([
      expect.stringMatching(`^KAFKA_CA_FILE is invalid: ${gone} cannot be read \\(ENOENT\\) \\(PEM file of`),
      expect.stringContaining(`KAFKA_CERT_FILE is invalid: ${text} holds no certificate (PEM)`),
      expect.stringContaining(`KAFKA_KEY_FILE is invalid: ${text} holds no private key without a passphrase`),
    ]);
    await rm(text);
  });

  it('never shows the password', () => {
    const env = { KAFKA_BROKERS: 'kafka:9092', ...login, KAFKA_SASL_MECHANISM: 'scram-sha-512' };
    const summary = maskedSummary(loadConfig(commonConfig, env, [kafkaProblems]), COMMON_SECRETS);
    expect(summary['KAFKA_PASSWORD']).toBe('[set]');
    expect(JSON.stringify(summary)).not.toContain('hunter2');
  });
});

describe('Postgres', () => {
  const load = (DATABASE_URL: string, DATABASE_CA_FILE = '') =>
    loadConfig(databaseSettings, { DATABASE_URL, DATABASE_CA_FILE }, [databaseProblems]);

  it('keeps a URL that asks for no TLS as it is', () => {
    for (const url of ['postgres://me:p%23w@db/hookline', 'postgres://db/hookline?sslmode=disable'])
      expect(databaseUrl(load(url))).toBe(url);
  });

  it('verifies in full, whichever mode of TLS is named', () => {
    for (const mode of ['prefer', 'require', 'verify-ca', 'verify-full']) {
      expect(databaseUrl(load(`postgres://me:p%23w@db/hookline?sslmode=${mode}`))).toBe(
        'postgres://me:p%23w@db/hookline?sslmode=verify-full',
      );
    }
  });

  it('takes a CA for a wish for TLS', () => {
    const url = databaseUrl(load('postgres://me@db/hookline', pem.caFile));
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      sslmode: 'verify-full',
      sslrootcert: pem.caFile,
    });
  });

  it.each([
    ['?sslmode=no-verify', 'DATABASE_URL has sslmode=no-verify: it must be verify-full or disable'],
    ['?sslmode=full', 'DATABASE_URL has sslmode=full: it must be verify-full or disable'],
    ['?ssl=true', 'DATABASE_URL has ssl=, which may verify nothing: say sslmode=verify-full'],
  ])('refuses %s', (query, problem) => {
    expect(problemsOf(() => load(`postgres://me:hunter2@db/hookline${query}`))).toEqual([problem]);
  });

  it('refuses a CA that would have no effect', () => {
    expect(problemsOf(() => load('postgres://db/hookline?sslmode=disable', pem.caFile))).toEqual([
      'DATABASE_CA_FILE is set, but DATABASE_URL has sslmode=disable',
    ]);
  });
});

describe('Redis', () => {
  const problems = (REDIS_URL: string, REDIS_CA_FILE = ''): string[] =>
    problemsOf(() => loadConfig(redisSettings, { REDIS_URL, REDIS_CA_FILE }, [redisProblems]));

  it('is entered with and without TLS', () => {
    expect(problems('redis://localhost:6379')).toEqual([]);
    expect(problems('rediss://me:hunter2@redis:6380', pem.caFile)).toEqual([]);
  });

  it('says which URL it needs', () => {
    expect(problems('redis://localhost:6379', pem.caFile)).toEqual([
      'REDIS_CA_FILE is set, but REDIS_URL does not begin with rediss://',
    ]);
    expect(problems('http://me:hunter2@redis')).toEqual([
      'REDIS_URL begins with http://: it must be redis:// or, for TLS, rediss://',
    ]);
  });
});
