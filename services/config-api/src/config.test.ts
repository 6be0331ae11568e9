/** Settings of config-api. Pure. */
import { describe, expect, it } from '@jest/globals';
import { loggedConfig } from '@hookline/shared/runtime/config';
import {
  BAD_CALL_SETTINGS,
  BAD_COMMON_SETTINGS,
  BAD_DATABASE_SETTINGS,
  BAD_LOOKUP_SETTING,
  BAD_REDIS_SETTINGS,
  PUBLISHED_LOOKUP_KEY,
  type BadSetting,
  configProblems,
  environmentOf,
  reportOf,
  SECRET_TEXT,
  variablesWithout,
} from '@hookline/testkit/bad-settings';
import { configApiSettings, readConfig } from './config.ts';

const MASTER_KEY = Buffer.from(Array.from({ length: 32 }, (_, number) => number)).toString('base64');
const REQUIRED = {
  KAFKA_BROKERS: 'kafka:9092',
  HOOKLINE_MASTER_KEYS: `k1:${MASTER_KEY}`,
  DATABASE_URL: `postgres://me:${SECRET_TEXT}@db/hookline`,
  REDIS_URL: `redis://me:${SECRET_TEXT}@redis`,
  HOOKLINE_ADMIN_KEY: SECRET_TEXT.padEnd(32, '-'),
  HOOKLINE_LOOKUP_KEY: Buffer.from(SECRET_TEXT.padEnd(32, '-')).toString('base64'),
};

const BAD: readonly BadSetting[] = [
  ...BAD_COMMON_SETTINGS,
  ...BAD_CALL_SETTINGS,
  ...BAD_DATABASE_SETTINGS,
  BAD_LOOKUP_SETTING,
  ...BAD_REDIS_SETTINGS,
  ['HOOKLINE_OPERATIONS_PORT', '-1', 'must be a whole number from 0 to 65535, not "-1"'],
  [
    'HOOKLINE_TRUSTED_PROXIES',
    '10.0.0.1, proxy',
    'must list addresses or address/prefix; cannot read "proxy"',
  ],
  ['HOOKLINE_ACCOUNT_MAX_ACTIONS', '1000001', 'must be a whole number from 0 to 1000000, not "1000001"'],
  ['HOOKLINE_ACCOUNT_MAX_DEFINITION_BYTES', '64M', 'must be a whole number from 0 to 17179869184, not "64M"'],
  ['HOOKLINE_ACCOUNT_MAX_API_KEYS', '10001', 'must be a whole number from 0 to 10000, not "10001"'],
  ['HOOKLINE_ACCOUNT_API_REQUESTS_PER_SECOND', '0', 'must be a whole number from 1 to 10000, not "0"'],
  [
    'HOOKLINE_ACCOUNT_DEFINITION_CHANGES_PER_SECOND',
    '1/s',
    'must be a whole number from 1 to 10000, not "1/s"',
  ],
  ['HOOKLINE_ACCOUNT_EXECUTIONS_PER_SECOND', '10001', 'must be a whole number from 1 to 10000, not "10001"'],
  ['HOOKLINE_ACCOUNT_MAX_CANCELLATIONS', 'many', 'must be a whole number from 0 to 10000000, not "many"'],
  [
    'HOOKLINE_CONSOLE_ENVIRONMENT',
    'test,red',
    'must be a name of at most 30 characters; a colour may follow after a comma, such as #b45309',
  ],
  [
    'HOOKLINE_CONSOLE_URL',
    'https://hooks.example.com/console',
    'must be an origin such as https://app.example.com, without a path, not "https://hooks.example.com/console"',
  ],
  [
    'HOOKLINE_OIDC_ISSUER',
    'login.example.com',
    'must be an https URL without user, password, query and fragment',
  ],
  [
    'HOOKLINE_OIDC_GROUPS',
    'ops=admin',
    'must be JSON, such as {"ops":"admin","support":{"account":"acme","scopes":["read"]}}',
  ],
  ['HOOKLINE_OIDC_GROUPS_CLAIM', '', 'must not be empty'],
  ['HOOKLINE_OIDC_SCOPE', 'profile', 'must be scopes separated by single spaces, one of them openid'],
  ['HOOKLINE_OIDC_SESSION_MINUTES', '721', 'must be a whole number from 5 to 720, not "721"'],
  [
    'HOOKLINE_PORTAL_ORIGINS',
    'https://app.example.com,*.example.com',
    'must be an origin such as https://app.example.com, without a path, not "*.example.com"',
  ],
  ['HOOKLINE_AUDIT_DAYS', '0', 'must be a whole number from 1 to 3650, not "0"'],
  ['HOOKLINE_ADMIN_KEY', '', 'must not be empty'],
];

describe('the configuration of config-api', () => {
  it('has a default for everything except the stores and the keys', () => {
    expect(readConfig(REQUIRED)).toMatchObject({
      database: { url: REQUIRED.DATABASE_URL, caFile: '' },
      quotas: {
        maxActions: 10_000,
        maxDefinitionBytes: 67_108_864,
        maxApiKeys: 100,
        apiRequestsPerSecond: 200,
        definitionChangesPerSecond: 20,
        executionsPerSecond: 500,
      },
      admin: { key: REQUIRED.HOOKLINE_ADMIN_KEY },
      http: { operationsPort: 0, trustedProxies: [] },
    });
    expect(configProblems(() => readConfig({}))).toEqual(
      reportOf(
        configApiSettings,
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
    expect(problems).toEqual(reportOf(configApiSettings, BAD));
    expect(problems.join('\n')).not.toContain(SECRET_TEXT);
    expect(variablesWithout(configApiSettings, BAD)).toEqual([
      'KAFKA_USERNAME',
      'KAFKA_PASSWORD',
      'HOOKLINE_TOPIC_PREFIX',
      'HOOKLINE_CONSOLE_DIR',
      'HOOKLINE_OIDC_CLIENT_ID',
      'HOOKLINE_OIDC_CLIENT_SECRET',
      'HOOKLINE_OIDC_NAME',
    ]);
  });

  const repeated = Buffer.alloc(32, 7).toString('base64');
  const few = Buffer.from('0123456789abcde0123456789abcde01').toString('base64');
  const weakKey = (id: string): string =>
    `must list random keys, but ${id} is published or repeats the same bytes; generate a key with: openssl rand -base64 32`;
  const tooWide = (such: string): string =>
    `must have no network larger than /8 (IPv4) or /32 (IPv6), such as ${such}`;

  it.each([
    ['HOOKLINE_ADMIN_KEY', 'a', 'must have at least 32 characters'],
    ['HOOKLINE_ADMIN_KEY', 'a'.repeat(31), 'must have at least 32 characters'],
    ['HOOKLINE_ADMIN_KEY', 'local-only-admin-key', 'must not be the key that docker-compose.yml publishes'],
    ['HOOKLINE_MASTER_KEYS', `zero:${Buffer.alloc(32).toString('base64')}`, weakKey('zero')],
    ['HOOKLINE_MASTER_KEYS', `k1:${MASTER_KEY},k2:${repeated}`, weakKey('k2')],
    ['HOOKLINE_MASTER_KEYS', `few:${few}`, weakKey('few')],
    ['HOOKLINE_MASTER_KEYS', 'mine:aG9va2xpbmUtbG9jYWwtdXNlLW9ubHktMDEyMzQ1Njc=', weakKey('mine')],
    ['HOOKLINE_ALLOWED_DESTINATIONS', 'a:80,0.0.0.0/0 ::/0', tooWide('0.0.0.0/0, ::/0')],
    ['HOOKLINE_TRUSTED_PROXIES', '10.0.0.1,10.0.0.0/7', tooWide('10.0.0.0/7')],
    ['HOOKLINE_CONSOLE_URL', 'http://localhost:8080', 'must use https'],
    ['HOOKLINE_PORTAL_ORIGINS', 'https://a.example,http://localhost:3000', 'must use https'],
    [
      'DATABASE_URL',
      'postgres://hookline:local-only@db/hookline',
      'must not have the password that docker-compose.yml publishes',
    ],
    [
      'REDIS_URL',
      'redis://:local-only@redis',
      'must not have the password that docker-compose.yml publishes',
    ],
  ])('rejects %s=%s unless HOOKLINE_LOCAL is set', (variable, value, reason) => {
    const env = { ...REQUIRED, [variable]: value };
    const unsafe = `${reason}; if no other machine can reach Hookline, set HOOKLINE_LOCAL=1`;
    const bad: BadSetting[] = [
      [variable, value, unsafe],
      ['PORT', 'x', 'must be a whole number from 0 to 65535, not "x"'],
    ];
    // The unsafe value is reported together with all other problems.
    expect(configProblems(() => readConfig({ ...env, PORT: 'x' }))).toEqual(reportOf(configApiSettings, bad));
    expect(configProblems(() => readConfig({ ...env, HOOKLINE_LOCAL: '0' }))).toHaveLength(1);
    expect(configProblems(() => readConfig({ ...env, HOOKLINE_LOCAL: '1' }))).toEqual([]);
  });

  it('requires either all settings for signing in through a provider, or none', () => {
    const oidc = {
      HOOKLINE_OIDC_ISSUER: 'https://login.example.com/realms/main',
      HOOKLINE_OIDC_CLIENT_ID: 'hookline',
      HOOKLINE_OIDC_GROUPS: '{"ops":"admin"}',
      HOOKLINE_CONSOLE_URL: 'https://hooks.example.com',
    };
    expect(configProblems(() => readConfig({ ...REQUIRED, ...oidc }))).toEqual([]);
    const { HOOKLINE_OIDC_ISSUER } = oidc;
    expect(configProblems(() => readConfig({ ...REQUIRED, HOOKLINE_OIDC_ISSUER }))).toEqual([
      'HOOKLINE_OIDC_CLIENT_ID must be set, because HOOKLINE_OIDC_ISSUER is set',
      'HOOKLINE_OIDC_GROUPS must be set, because HOOKLINE_OIDC_ISSUER is set',
      'HOOKLINE_CONSOLE_URL must be set, because HOOKLINE_OIDC_ISSUER is set',
    ]);
    expect(configProblems(() => readConfig({ ...REQUIRED, ...oidc, HOOKLINE_OIDC_ISSUER: '' }))).toEqual([
      'HOOKLINE_OIDC_ISSUER must be set for the other HOOKLINE_OIDC_* to have an effect',
    ]);
  });

  it('accepts networks of /8 and /32, and an admin key of 32 characters, without HOOKLINE_LOCAL', () => {
    const env = {
      ...REQUIRED,
      HOOKLINE_ALLOWED_DESTINATIONS: '10.0.0.0/8,fd00::/32',
      HOOKLINE_TRUSTED_PROXIES: '10.0.0.0/8',
    };
    expect(readConfig(env).http.trustedProxies).toEqual(['10.0.0.0/8']);
  });

  it('is logged with the names of its variables, and without secrets', () => {
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
