/** Tests configuration from environment variables. Reads files, but never the real environment. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { configProblems } from '@hookline/testkit/bad-settings';
import type { Limit } from '../contracts/limits.ts';
import { commonSettings } from './common-settings.ts';
import {
  ConfigError,
  type Environment,
  localOnlyValues,
  loggedConfig,
  readSettings,
  type Settings,
  settingsIn,
  withRules,
} from './config.ts';
import {
  checked,
  count,
  flag,
  host,
  list,
  localOnly,
  nonEmptyList,
  nonEmptyText,
  oneOf,
  orFile,
  port,
  secret,
  text,
  url,
} from './setting.ts';

const SOME: Limit = { min: 1, max: 20, whole: true, unit: 'workers', reason: 'a test' };
const description = 'for a test';
const about = { description };
const some = (variable: string) => count(variable, SOME, about);

const problemsOf = (settings: Settings, env: Environment): string[] =>
  configProblems(() => readSettings(settings, env));

describe('readSettings', () => {
  it('returns the values as a tree with the shape of the settings', () => {
    const settings = {
      name: text('NAME', about),
      workers: { first: some('FIRST'), others: { second: some('SECOND') } },
    };
    expect(readSettings(settings, { NAME: 'x', FIRST: '1', SECOND: '2' })).toEqual({
      name: 'x',
      workers: { first: 1, others: { second: 2 } },
    });
  });

  it('reports all problems together, one per line, each with the description of the variable', () => {
    const settings = {
      brokers: nonEmptyList('BROKERS', { description: 'Where Kafka is' }),
      inner: { workers: count('WORKERS', SOME, { description: 'How many workers' }) },
      name: text('NAME', { description: 'What it is called' }),
      fine: text('FINE', { default: 'x', description: 'Unused' }),
    };
    expect(() => readSettings(settings, { WORKERS: 'two' })).toThrow(
      new ConfigError(
        [
          'Configuration problems:',
          '  BROKERS must be set (Where Kafka is)',
          '  WORKERS must be a whole number from 1 to 20, not "two" (How many workers)',
          '  NAME must be set (What it is called)',
        ].join('\n'),
      ),
    );
  });

  it('never includes a secret or the password of a URL in a message', () => {
    const settings = {
      token: secret(nonEmptyText('TOKEN', about)),
      pin: secret(some('PIN')),
      redis: url('REDIS_URL', about),
      database: secret(url('DATABASE_URL', about)),
      workers: some('WORKERS'),
    };
    const bad = { TOKEN: '', PIN: 'hunter2', WORKERS: 'x' };
    const urls = { REDIS_URL: '//me:hunter2@r', DATABASE_URL: '//me:hunter2@d' };
    expect(problemsOf(settings, { ...bad, ...urls })).toEqual([
      'TOKEN must not be empty (for a test)',
      'PIN must be a whole number from 1 to 20 (for a test)',
      'REDIS_URL must be a URL; its value is not shown because it may contain a password (for a test)',
      'DATABASE_URL must be a URL; its value is not shown because it may contain a password (for a test)',
      'WORKERS must be a whole number from 1 to 20, not "x" (for a test)',
    ]);
    expect(problemsOf(settings, { ...bad, TOKEN: 'hunter2' }).join()).not.toContain('hunter2');
  });

  it('reports a value that contains a line break on a single line', () => {
    expect(problemsOf({ v: some('V') }, { V: '1\nOTHER must be set' })).toEqual([
      String.raw`V must be a whole number from 1 to 20, not "1\nOTHER must be set" (for a test)`,
    ]);
  });

  it('parses variables that are set and applies the defaults of those that are not', () => {
    const settings = {
      a: list('A', about),
      b: some('B'),
      c: flag('C', { default: true, description }),
      d: url('D', about),
    };
    expect(readSettings(settings, { A: ' x:1, ,y:2,', B: '12', D: 'redis://:pw@host:1/0' })).toEqual({
      a: ['x:1', 'y:2'],
      b: 12,
      c: true,
      d: 'redis://:pw@host:1/0',
    });
  });

  it('accepts several words for true and false, and rejects any other word', () => {
    const settings = { v: flag('V', about) };
    const words = ['true', '1', 'yes', 't', 'on', 'false', '0', 'off', 'f', 'no'];
    expect(words.map((V) => readSettings(settings, { V }).v)).toEqual([
      ...Array.from({ length: 5 }, () => true),
      ...Array.from({ length: 5 }, () => false),
    ]);
    expect(problemsOf(settings, { V: 'maybe' })).toEqual([
      'V must be true or false, not "maybe" (for a test)',
    ]);
  });

  it('accepts the words of oneOf in upper and lower case', () => {
    const settings = { v: oneOf('V', ['', 'plain', 'scram-sha-256'], about) };
    expect(['PLAIN', 'Scram-SHA-256', ''].map((V) => readSettings(settings, { V }).v)).toEqual([
      'plain',
      'scram-sha-256',
      '',
    ]);
    expect(problemsOf(settings, { V: 'gssapi' })).toEqual([
      'V must be plain or scram-sha-256, not "gssapi" (for a test)',
    ]);
  });

  it('reports a value that the check of its setting rejects', () => {
    const check = (given: string): void => {
      if (given.includes('evil')) throw new Error('must be good');
    };
    const settings = { v: checked(nonEmptyList('V', about), check) };
    expect(readSettings(settings, { V: 'a,b' })).toEqual({ v: ['a', 'b'] });
    expect(problemsOf(settings, { V: 'a,evil' })).toEqual(['V must be good (for a test)']);
    expect(problemsOf(settings, { V: ',' })).toEqual(['V must contain at least one item (for a test)']);
  });

  it('ignores variables that are not declared', () => {
    expect(readSettings({ a: text('A', about) }, { A: 'x', B: 'y' })).toEqual({ a: 'x' });
  });

  it.each([
    ['count', some, ['0', '21', '-1', '1.5', '1e1', '', ' 1', 'x', 'Infinity', '9'.repeat(400)]],
    ['port', port, ['-1', '65536', '80a', '']],
    ['nonEmptyList', nonEmptyList, ['', ' , ,']],
    ['url', url, ['', 'localhost', '//host', '//me:pw@']],
    ['nonEmptyText', nonEmptyText, ['']],
    ['host', host, ['a b', '', '-a', 'a-', 'a..b', 'a_b']],
  ] as const)('rejects malformed values of a %s variable (row %#)', (_, declare, inputs) => {
    for (const V of inputs) {
      expect(problemsOf({ v: declare('V', about) }, { V })).toEqual([expect.stringMatching(/^V must /)]);
    }
  });

  it.each([
    ['count', some, '1', 1],
    ['count', some, '20', 20],
    ['port', port, '0', 0],
    ['port', port, '65535', 65_535],
    ['list', list, '', []],
    ['host', host, '::', '::'],
    ['host', host, '10.0.0.1', '10.0.0.1'],
    ['host', host, 'localhost', 'localhost'],
    ['host', host, 'kafka-1.Example.com', 'kafka-1.Example.com'],
    ['text', text, '', ''],
  ] as const)('accepts a valid value of a %s variable (row %#)', (_, declare, V, expected) => {
    const settings: Settings = { v: declare('V', about) };
    expect(readSettings(settings, { V })).toEqual({ v: expected });
  });
});

describe('rules between settings', () => {
  const group = withRules(
    { a: some('A'), b: some('B') },
    ({ a, b }) => (a < b ? [] : ['A must be below B']),
    ({ b }) => (b % 2 ? [] : ['B must be odd']),
  );

  it('are all checked', () => {
    expect(problemsOf({ group }, { A: '4', B: '4' })).toEqual(['A must be below B', 'B must be odd']);
    expect(readSettings({ group }, { A: '4', B: '5' })).toEqual({ group: { a: 4, b: 5 } });
  });

  it('are checked in a group whose variables are well formed, even if variables elsewhere are not', () => {
    const settings = { other: some('OTHER'), group };
    expect(problemsOf(settings, { A: '4', B: '4', OTHER: 'x' })).toEqual([
      'OTHER must be a whole number from 1 to 20, not "x" (for a test)',
      'A must be below B',
      'B must be odd',
    ]);
    expect(problemsOf(settings, { A: '4', B: 'x', OTHER: '1' })).toEqual([
      'B must be a whole number from 1 to 20, not "x" (for a test)',
    ]);
  });

  it('that are broken in a group and in its inner groups are reported together', () => {
    const outer = withRules({ group, c: some('C') }, ({ c }) => (c > 1 ? [] : ['C must be more']));
    expect(problemsOf(outer, { A: '4', B: '3', C: '1' })).toEqual(['A must be below B', 'C must be more']);
  });

  it('still apply in a group that extends theirs', () => {
    const extended = { ...group, c: some('C') };
    expect(problemsOf(extended, { A: '4', B: '3', C: '1' })).toEqual(['A must be below B']);
  });
});

describe('a file with the value of a secret', () => {
  const settings = { key: secret(nonEmptyText('KEY', about)), open: text('OPEN', { ...about, default: '' }) };

  it('is read without the white space around the value', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hookline-secret-'));
    const URL_FILE = join(dir, 'url');
    await writeFile(URL_FILE, 'redis://me:hunter2@redis\n');
    const redis = { redis: orFile(url('URL', about)) };
    expect(readSettings(redis, { URL_FILE })).toEqual({ redis: 'redis://me:hunter2@redis' });
    const KEY_FILE = join(dir, 'key');
    await writeFile(KEY_FILE, ' hunter2\n');
    expect(readSettings(settings, { KEY_FILE })).toEqual({ key: 'hunter2', open: '' });
    // Compose files set a variable without a value to the empty string.
    expect(readSettings(settings, { KEY_FILE, KEY: '' }).key).toBe('hunter2');
    expect(problemsOf(settings, { KEY_FILE, KEY: 'other' })).toEqual([
      'KEY must not be set together with KEY_FILE; unset one of them (for a test)',
    ]);
    await writeFile(KEY_FILE, '\n');
    expect(problemsOf(settings, { KEY_FILE })).toEqual(['KEY must not be empty (for a test)']);
    await rm(dir, { recursive: true });
    expect(problemsOf(settings, { KEY_FILE })).toEqual([
      `KEY must come from the file that KEY_FILE names; ${KEY_FILE} cannot be read (ENOENT) (for a test)`,
    ]);
  });

  it('is not read for a setting that is neither a secret nor declared with `orFile`', () => {
    expect(readSettings(settings, { KEY: 'x', KEY_FILE: '', OPEN_FILE: '/nowhere' })).toEqual({
      key: 'x',
      open: '',
    });
  });
});

describe('a value that is safe only locally', () => {
  const short = (value: string): string | null =>
    value.length < 4 ? 'must have at least 4 characters' : null;
  const settings = {
    pin: localOnly(secret(text('PIN', { default: '1', description })), short),
    code: localOnly(text('CODE', about), short),
    workers: some('WORKERS'),
  };
  const env = { CODE: '12', WORKERS: '2' };

  it('is reported together with all other problems, even if it is the default, and without revealing secrets', () => {
    const where = 'if no other machine can reach Hookline, set HOOKLINE_LOCAL=1 (for a test)';
    expect(problemsOf(settings, { ...env, WORKERS: 'x' })).toEqual([
      `PIN must have at least 4 characters; ${where}`,
      `CODE must have at least 4 characters; ${where}`,
      'WORKERS must be a whole number from 1 to 20, not "x" (for a test)',
    ]);
    for (const HOOKLINE_LOCAL of ['', '0', 'false', 'local']) {
      expect(problemsOf(settings, { ...env, HOOKLINE_LOCAL })).toHaveLength(2);
    }
  });

  it('is accepted and listed if HOOKLINE_LOCAL is set', () => {
    const config = readSettings(settings, { ...env, HOOKLINE_LOCAL: '1' });
    expect(config).toEqual({ pin: '1', code: '12', workers: 2 });
    expect(localOnlyValues(settings, config)).toEqual([
      'PIN must have at least 4 characters',
      'CODE must have at least 4 characters',
    ]);
  });
});

describe('the configuration of every service', () => {
  it('requires only the brokers', () => {
    expect(readSettings(commonSettings, { KAFKA_BROKERS: 'localhost:9092' })).toEqual({
      kafka: {
        brokers: ['localhost:9092'],
        tls: { enabled: false, caFile: '', certFile: '', keyFile: '' },
        login: { mechanism: '', username: '', password: '' },
      },
      topics: { prefix: '', partitions: 12, replication: 1, atStart: 'create' },
      history: { days: 30 },
      retries: { baseWaitMs: 5_000 },
      http: { host: '127.0.0.1', port: 0 },
      local: false,
      logging: { level: 'info' },
    });
  });

  it.each(['HOOKLINE_PARTITIONS', 'HOOKLINE_REPLICATION', 'HOOKLINE_HISTORY_DAYS', 'HOOKLINE_BASE_WAIT_MS'])(
    'rejects a %s of 0',
    (name) => {
      const problems = problemsOf(commonSettings, { KAFKA_BROKERS: 'localhost:9092', [name]: '0' });
      expect(problems).toEqual([expect.stringContaining(name)]);
    },
  );

  it('rejects an empty list of brokers and an unknown log level', () => {
    expect(problemsOf(commonSettings, { KAFKA_BROKERS: '', LOG_LEVEL: 'loud' })).toEqual([
      expect.stringContaining('KAFKA_BROKERS must contain at least one item'),
      expect.stringContaining('LOG_LEVEL must be'),
    ]);
  });

  it('describes every variable', () => {
    for (const { setting } of settingsIn(commonSettings)) {
      expect([setting.variable, setting.description]).toEqual([setting.variable, expect.any(String)]);
    }
  });
});

describe('loggedConfig', () => {
  it('shows only whether a secret is set', () => {
    const settings = {
      keys: {
        main: secret(nonEmptyText('KEY', about)),
        other: secret(text('OTHER', { ...about, default: '' })),
      },
      name: text('NAME', about),
    };
    expect(loggedConfig(settings, readSettings(settings, { KEY: 'hunter2', NAME: 'x' }))).toEqual({
      KEY: '[set]',
      OTHER: '[not set]',
      NAME: 'x',
    });
  });

  it.each([
    ['postgres://me:hunter2@db:5432/hookline', 'postgres://me:[set]@db:5432/hookline'],
    ['redis://:hunter2@cache/0', 'redis://:[set]@cache/0'],
    ['postgres://me:hun@ter/2@db/hookline', 'postgres://me:[set]@db/hookline'],
    [
      'postgres://db/hookline?user=me&password=hunter2&ssl=1',
      'postgres://db/hookline?user=me&password=[set]&ssl=1',
    ],
    ['https://example.com/a:b', 'https://example.com/a:b'],
    ['not a URL', 'not a URL'],
  ])('masks the password in %s', (value, expected) => {
    const settings = { a: text('A', about), b: list('B', about), c: some('C') };
    expect(loggedConfig(settings, { a: value, b: [value, 'x'], c: 1 })).toEqual({
      A: expected,
      B: [expected, 'x'],
      C: 1,
    });
  });
});
