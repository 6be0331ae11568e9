/** Configuration from environment variables. Pure; nothing reads the real environment. */
import { describe, expect, it } from '@jest/globals';
import type { Limit } from '../contracts/limits.ts';
import { commonConfig } from './common-config.ts';
import {
  bool,
  ConfigError,
  count,
  host,
  list,
  loadConfig,
  maskedSummary,
  nonEmptyList,
  oneOf,
  port,
  secret,
  str,
  url,
} from './config.ts';

const SOME: Limit = { min: 1, max: 20, whole: true, unit: 'workers', reason: 'a test' };
const some = count(SOME);

function problemsOf(specs: Parameters<typeof loadConfig>[0], env: Record<string, string>): string {
  try {
    loadConfig(specs, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('loadConfig', () => {
  it('reports all problems together, one per line, each with the description of the variable', () => {
    const message = problemsOf(
      {
        BROKERS: nonEmptyList({ desc: 'Where Kafka is' }),
        WORKERS: some({ desc: 'How many workers' }),
        NAME: str({ desc: 'What it is called' }),
        FINE: str({ default: 'x', desc: 'Unused' }),
      },
      { WORKERS: 'two' },
    );
    expect(message.split('\n').slice(1).sort()).toEqual([
      '  BROKERS is not set (Where Kafka is)',
      '  NAME is not set (What it is called)',
      '  WORKERS is invalid: must be a whole number from 1 to 20, not "two" (How many workers)',
    ]);
  });

  it('never includes a secret or the password of a URL in a message', () => {
    const specs = {
      TOKEN: secret({ desc: 'A secret' }),
      DATABASE_URL: url({ desc: 'The database' }),
      WORKERS: some({ desc: 'Workers' }),
    };
    const message = problemsOf(specs, { TOKEN: '', DATABASE_URL: 'postgres://me:hunter2@', WORKERS: 'x' });
    expect(message).toContain('TOKEN');
    expect(message).toContain('DATABASE_URL');
    expect(message).not.toContain('hunter2');
    expect(problemsOf(specs, { TOKEN: 'hunter2', DATABASE_URL: 'pg://h', WORKERS: 'x' })).not.toContain(
      'hunter2',
    );
  });

  it('parses variables that are set and applies the defaults of those that are not', () => {
    const config = loadConfig(
      {
        A: list({ desc: '' }),
        B: some({ desc: '' }),
        C: bool({ default: true, desc: '' }),
        D: url({ desc: '' }),
      },
      { A: ' x:1, ,y:2,', B: '12', D: 'redis://:pw@host:1/0' },
    );
    expect({ ...config }).toEqual({ A: ['x:1', 'y:2'], B: 12, C: true, D: 'redis://:pw@host:1/0' });
  });

  it('accepts several words for true and false, and rejects any other', () => {
    const specs = { V: bool({ desc: '' }) };
    expect(['true', '1', 'yes', 'false', '0', 'off'].map((V) => loadConfig(specs, { V }).V)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(problemsOf(specs, { V: 'maybe' })).toContain('V is invalid');
  });

  it('runs the checks only if every variable is well formed, and reports all their problems', () => {
    const specs = { A: some({ desc: '' }), B: some({ desc: '' }) };
    const order = ({ A, B }: { A: number; B: number }): string[] => (A < B ? [] : ['A must be below B']);
    const odd = ({ B }: { B: number }): string[] => (B % 2 ? [] : ['B must be odd']);
    expect(() => loadConfig(specs, { A: '4', B: '4' }, [order, odd])).toThrow(
      new ConfigError('Configuration problems:\n  A must be below B\n  B must be odd'),
    );
    expect(() => loadConfig(specs, { A: 'x', B: '4' }, [order, odd])).toThrow('A is invalid');
    expect({ ...loadConfig(specs, { A: '4', B: '5' }, [order, odd]) }).toEqual({ A: 4, B: 5 });
  });

  it('accepts the words of oneOf in upper and lower case', () => {
    const specs = { V: oneOf('', 'plain', 'scram-sha-256')({ desc: '' }) };
    expect(['PLAIN', 'Scram-SHA-256', ''].map((V) => loadConfig(specs, { V }).V)).toEqual([
      'plain',
      'scram-sha-256',
      '',
    ]);
    expect(problemsOf(specs, { V: 'gssapi' })).toContain('must be plain, scram-sha-256, not "gssapi"');
  });

  it('ignores variables that are not described', () => {
    expect({ ...loadConfig({ A: str({ desc: '' }) }, { A: 'x', B: 'y' }) }).toEqual({ A: 'x' });
  });

  it.each([
    ['count', some, ['0', '21', '-1', '1.5', '1e1', '', ' 1', 'x', 'Infinity', '9'.repeat(400)]],
    ['port', port, ['-1', '65536', '80a', '']],
    ['nonEmptyList', nonEmptyList, ['', ' , ,']],
    ['url', url, ['', 'localhost', '//host', 'postgres://me:pw@']],
    ['secret', secret, ['']],
    ['host', host, ['a b', '']],
  ] as const)('%s rejects malformed values (row %#)', (_, validator, inputs) => {
    for (const input of inputs)
      expect(problemsOf({ V: validator({ desc: '' }) }, { V: input })).toContain('V is invalid');
  });

  it.each([
    ['count', some, '1', 1],
    ['count', some, '20', 20],
    ['port', port, '0', 0],
    ['port', port, '65535', 65_535],
    ['list', list, '', []],
    ['host', host, '::', '::'],
    ['host', host, 'localhost', 'localhost'],
  ] as const)('%s accepts %p', (_, validator, input, expected) => {
    expect(loadConfig({ V: validator({ desc: '' }) }, { V: input }).V).toEqual(expected);
  });
});

describe('the configuration of every service', () => {
  it('requires only the brokers', () => {
    expect({ ...loadConfig(commonConfig, { KAFKA_BROKERS: 'localhost:9092' }) }).toEqual({
      KAFKA_BROKERS: ['localhost:9092'],
      KAFKA_TLS: false,
      KAFKA_CA_FILE: '',
      KAFKA_CERT_FILE: '',
      KAFKA_KEY_FILE: '',
      KAFKA_SASL_MECHANISM: '',
      KAFKA_USERNAME: '',
      KAFKA_PASSWORD: '',
      HOOKLINE_TOPIC_PREFIX: '',
      HOOKLINE_PARTITIONS: 12,
      HOOKLINE_REPLICATION: 1,
      HOOKLINE_TOPICS: 'create',
      HOOKLINE_HISTORY_DAYS: 30,
      HOOKLINE_BASE_WAIT_MS: 5_000,
      HOST: '127.0.0.1',
      PORT: 0,
      LOG_LEVEL: 'info',
    });
  });

  it.each(['HOOKLINE_PARTITIONS', 'HOOKLINE_REPLICATION', 'HOOKLINE_HISTORY_DAYS', 'HOOKLINE_BASE_WAIT_MS'])(
    'rejects a %s of 0',
    (name) => {
      expect(problemsOf(commonConfig, { KAFKA_BROKERS: 'localhost:9092', [name]: '0' })).toContain(name);
    },
  );

  it('rejects an empty list of brokers and an unknown log level', () => {
    const message = problemsOf(commonConfig, { KAFKA_BROKERS: '', LOG_LEVEL: 'loud' });
    expect(message).toContain('KAFKA_BROKERS is invalid');
    expect(message).toContain('LOG_LEVEL is invalid');
  });

  it('describes every variable', () => {
    for (const [name, spec] of Object.entries(commonConfig))
      expect([name, spec.desc]).toEqual([name, expect.any(String)]);
  });
});

describe('maskedSummary', () => {
  it('shows only whether a secret is set', () => {
    const config = loadConfig(
      { KEY: secret({ desc: '' }), OTHER: secret({ default: '', desc: '' }), NAME: str({ desc: '' }) },
      { KEY: 'hunter2', NAME: 'x' },
    );
    expect(maskedSummary({ ...config }, ['KEY', 'OTHER'])).toEqual({
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
    expect(maskedSummary({ A: value, B: [value, 'x'], C: 1 }, [])).toEqual({
      A: expected,
      B: [expected, 'x'],
      C: 1,
    });
  });
});
