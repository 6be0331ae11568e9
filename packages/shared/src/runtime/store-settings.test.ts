/** Tests which combinations of the settings for connections to Kafka, Postgres and Redis are valid. Reads files. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configProblems } from '@hookline/testkit/bad-settings';
import { type PemFiles, pemFiles } from '@hookline/testkit/pem-files';
import { loggedConfig, readSettings } from './config.ts';
import { databaseSettings, databaseUrl } from './database-settings.ts';
import { kafkaSettings } from './kafka-settings.ts';
import { redisSettings } from './redis-settings.ts';

let pem: PemFiles;

beforeAll(async () => {
  pem = await pemFiles();
});
afterAll(async () => pem[Symbol.asyncDispose]());

describe('Kafka', () => {
  const problems = (env: Record<string, string>): string[] =>
    configProblems(() => readSettings(kafkaSettings, { KAFKA_BROKERS: 'kafka:9092', ...env }));
  const login = { KAFKA_USERNAME: 'me', KAFKA_PASSWORD: 'hunter2' };

  it('accepts connections without security, with TLS, with client certificates, and with SASL', () => {
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
      'KAFKA_KEY_FILE is not set, but KAFKA_CERT_FILE needs it: set both or neither',
    ]);
    expect(problems({ KAFKA_TLS: 'true', KAFKA_KEY_FILE: pem.clientKeyFile })).toEqual([
      'KAFKA_CERT_FILE is not set, but KAFKA_KEY_FILE needs it: set both or neither',
    ]);
    expect(problems({ KAFKA_SASL_MECHANISM: 'scram-sha-256' })).toEqual([
      'KAFKA_USERNAME is not set, but KAFKA_SASL_MECHANISM needs it: set both or neither',
      'KAFKA_PASSWORD is not set, but KAFKA_SASL_MECHANISM needs it: set both or neither',
    ]);
  });

  it('rejects settings that would have no effect', () => {
    expect(problems({ KAFKA_CA_FILE: pem.caFile, ...login })).toEqual([
      'KAFKA_CA_FILE is set, but KAFKA_TLS is not true: set KAFKA_TLS=true or unset KAFKA_CA_FILE',
      'KAFKA_USERNAME is set, but KAFKA_SASL_MECHANISM is not: set both or neither',
      'KAFKA_PASSWORD is set, but KAFKA_SASL_MECHANISM is not: set both or neither',
    ]);
  });

  it('rejects SASL PLAIN without TLS', () => {
    expect(problems({ ...login, KAFKA_SASL_MECHANISM: 'PLAIN' })).toEqual([
      'KAFKA_SASL_MECHANISM is plain, which sends the password in plain text: set KAFKA_TLS=true',
    ]);
  });

  it('reports all unreadable and unsuitable files together', async () => {
    const gone = join(pem.dir, 'gone.pem');
    const text = join(pem.dir, 'text.pem');
    await writeFile(text, 'neither a certificate nor a key');
    const env = { KAFKA_TLS: 'true', KAFKA_CA_FILE: gone, KAFKA_CERT_FILE: text, KAFKA_KEY_FILE: text };
    expect(problems(env)).toEqual([
      expect.stringMatching(
        `^KAFKA_CA_FILE must name a PEM file with a certificate; ${gone} cannot be read \\(ENOENT\\) \\(PEM file of`,
      ),
      expect.stringContaining(
        `KAFKA_CERT_FILE must name a PEM file with a certificate; ${text} contains none`,
      ),
      expect.stringContaining(
        `KAFKA_KEY_FILE must name a PEM file with a private key without a passphrase; ${text} contains none`,
      ),
    ]);
    await rm(text);
  });

  it('never shows the password in the logged configuration', () => {
    const env = { KAFKA_BROKERS: 'kafka:9092', ...login, KAFKA_SASL_MECHANISM: 'scram-sha-512' };
    const logged = loggedConfig(kafkaSettings, readSettings(kafkaSettings, env));
    expect(logged['KAFKA_PASSWORD']).toBe('[set]');
    expect(JSON.stringify(logged)).not.toContain('hunter2');
  });
});

describe('Postgres', () => {
  const load = (DATABASE_URL: string, DATABASE_CA_FILE = '') =>
    readSettings(databaseSettings, { DATABASE_URL, DATABASE_CA_FILE });

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
    ['?ssl=true', 'DATABASE_URL has ssl=, which may verify nothing: replace it with sslmode=verify-full'],
  ])('rejects %s', (query, problem) => {
    expect(configProblems(() => load(`postgres://me:hunter2@db/hookline${query}`))).toEqual([problem]);
  });

  it('rejects a CA that would have no effect', () => {
    expect(configProblems(() => load('postgres://db/hookline?sslmode=disable', pem.caFile))).toEqual([
      'DATABASE_CA_FILE is set, but DATABASE_URL has sslmode=disable: change it to verify-full or unset DATABASE_CA_FILE',
    ]);
  });
});

describe('Redis', () => {
  const problems = (REDIS_URL: string, REDIS_CA_FILE = ''): string[] =>
    configProblems(() => readSettings(redisSettings, { REDIS_URL, REDIS_CA_FILE }));

  it('accepts URLs with and without TLS', () => {
    expect(problems('redis://localhost:6379')).toEqual([]);
    expect(problems('rediss://me:hunter2@redis:6380', pem.caFile)).toEqual([]);
  });

  it('rejects URLs with the wrong scheme and names the right one', () => {
    expect(problems('redis://localhost:6379', pem.caFile)).toEqual([
      'REDIS_CA_FILE is set, but REDIS_URL does not begin with rediss://: change it or unset REDIS_CA_FILE',
    ]);
    expect(problems('http://me:hunter2@redis')).toEqual([
      'REDIS_URL begins with http://: it must be redis:// or, for TLS, rediss://',
    ]);
  });
});
