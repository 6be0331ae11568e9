/**
 * Settings of the connections to Kafka, Postgres and Redis: which combinations are valid and which are not. Reads
 * files.
 */
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

/** Returns the lines of the message without the first; none if the settings are valid. */
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

  it('accepts no security, TLS, client certificates, and SASL', () => {
    const { clientCertFile, clientKeyFile, caFile } = pem;
    const tls = { KAFKA_TLS: 'true', KAFKA_CA_FILE: caFile };
    expect(problems({})).toEqual([]);
    expect(problems({ KAFKA_TLS: 'true' })).toEqual([]);
    expect(problems({ ...tls, KAFKA_CERT_FILE: clientCertFile, KAFKA_KEY_FILE: clientKeyFile })).toEqual([]);
    expect(problems({ ...tls, ...login, KAFKA_SASL_MECHANISM: 'plain' })).toEqual([]);
    expect(problems({ ...login, KAFKA_SASL_MECHANISM: 'scram-sha-512' })).toEqual([]);
  });

  it('requires both settings of a pair', () => {
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

  it('rejects settings that would have no effect', () => {
    expect(problems({ KAFKA_CA_FILE: pem.caFile, ...login })).toEqual([
      'KAFKA_CA_FILE is set, but KAFKA_TLS is not true',
      'KAFKA_USERNAME is set, but KAFKA_SASL_MECHANISM is not',
      'KAFKA_PASSWORD is set, but KAFKA_SASL_MECHANISM is not',
    ]);
  });

  it('rejects SASL PLAIN without TLS', () => {
    expect(problems({ ...login, KAFKA_SASL_MECHANISM: 'PLAIN' })).toEqual([
      'KAFKA_SASL_MECHANISM is plain, which sends the password in clear: set KAFKA_TLS=true',
    ]);
  });

  it('reports all unreadable and unsuitable files together', async () => {
    const gone = join(pem.dir, 'gone.pem');
    const text = join(pem.dir, 'text.pem');
    await writeFile(text, 'neither a certificate nor a key');
    const env = { KAFKA_TLS: 'true', KAFKA_CA_FILE: gone, KAFKA_CERT_FILE: text, KAFKA_KEY_FILE: text };
    expect(problems(env)).toEqual([
      expect.stringMatching(`^KAFKA_CA_FILE is invalid: ${gone} cannot be read \\(ENOENT\\) \\(PEM file of`),
      expect.stringContaining(`KAFKA_CERT_FILE is invalid: ${text} contains no certificate in PEM format`),
      expect.stringContaining(
        `KAFKA_KEY_FILE is invalid: ${text} contains no private key without a passphrase`,
      ),
    ]);
    await rm(text);
  });

  it('never shows the password in the summary', () => {
    const env = { KAFKA_BROKERS: 'kafka:9092', ...login, KAFKA_SASL_MECHANISM: 'scram-sha-512' };
    const summary = maskedSummary(loadConfig(commonConfig, env, [kafkaProblems]), COMMON_SECRETS);
    expect(summary['KAFKA_PASSWORD']).toBe('[set]');
    expect(JSON.stringify(summary)).not.toContain('hunter2');
  });
});

describe('Postgres', () => {
  const load = (DATABASE_URL: string, DATABASE_CA_FILE = '') =>
    loadConfig(databaseSettings, { DATABASE_URL, DATABASE_CA_FILE }, [databaseProblems]);

  it('leaves a URL without TLS unchanged', () => {
    for (const url of ['postgres://me:p%23w@db/hookline', 'postgres://db/hookline?sslmode=disable'])
      expect(databaseUrl(load(url))).toBe(url);
  });

  it('uses verify-full for every TLS mode', () => {
    for (const mode of ['prefer', 'require', 'verify-ca', 'verify-full']) {
      expect(databaseUrl(load(`postgres://me:p%23w@db/hookline?sslmode=${mode}`))).toBe(
        'postgres://me:p%23w@db/hookline?sslmode=verify-full',
      );
    }
  });

  it('enables TLS if a CA is given', () => {
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
  ])('rejects %s', (query, problem) => {
    expect(problemsOf(() => load(`postgres://me:hunter2@db/hookline${query}`))).toEqual([problem]);
  });

  it('rejects a CA that would have no effect', () => {
    expect(problemsOf(() => load('postgres://db/hookline?sslmode=disable', pem.caFile))).toEqual([
      'DATABASE_CA_FILE is set, but DATABASE_URL has sslmode=disable',
    ]);
  });
});

describe('Redis', () => {
  const problems = (REDIS_URL: string, REDIS_CA_FILE = ''): string[] =>
    problemsOf(() => loadConfig(redisSettings, { REDIS_URL, REDIS_CA_FILE }, [redisProblems]));

  it('accepts URLs with and without TLS', () => {
    expect(problems('redis://localhost:6379')).toEqual([]);
    expect(problems('rediss://me:hunter2@redis:6380', pem.caFile)).toEqual([]);
  });

  it('rejects other URLs and names the right scheme', () => {
    expect(problems('redis://localhost:6379', pem.caFile)).toEqual([
      'REDIS_CA_FILE is set, but REDIS_URL does not begin with rediss://',
    ]);
    expect(problems('http://me:hunter2@redis')).toEqual([
      'REDIS_URL begins with http://: it must be redis:// or, for TLS, rediss://',
    ]);
  });
});
