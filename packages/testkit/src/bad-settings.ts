import { ConfigError, type Settings, settingsIn } from '@hookline/shared/runtime/config';
import { problemLines } from './problem-lines.ts';

/** A variable, an invalid text for it, and the reported problem. */
export type BadSetting = readonly [variable: string, text: string, problem: string];

/** Part of the invalid values of secrets; must not appear in any output. */
export const SECRET_TEXT = 'hunter2';

const oneToTenThousand = (text: string): string => `must be a whole number from 1 to 10000, not "${text}"`;
const noFile = (what: string): string =>
  `must name a PEM file with a ${what}; /nowhere.pem cannot be read (ENOENT)`;
const hiddenUrl = 'must be a URL; its value is not shown because it may contain a password';

export const BAD_COMMON_SETTINGS: readonly BadSetting[] = [
  ['KAFKA_BROKERS', ' , ,', 'must contain at least one item'],
  ['KAFKA_TLS', 'maybe', 'must be true or false, not "maybe"'],
  ['KAFKA_CA_FILE', '/nowhere.pem', noFile('certificate')],
  ['KAFKA_CERT_FILE', '/nowhere.pem', noFile('certificate')],
  ['KAFKA_KEY_FILE', '/nowhere.pem', noFile('private key without a passphrase')],
  ['KAFKA_SASL_MECHANISM', 'gssapi', 'must be plain, scram-sha-256, or scram-sha-512, not "gssapi"'],
  ['HOOKLINE_PARTITIONS', '0', oneToTenThousand('0')],
  ['HOOKLINE_REPLICATION', '1e1', 'must be a whole number from 1 to 100, not "1e1"'],
  ['HOOKLINE_TOPICS', 'delete', 'must be create or check, not "delete"'],
  ['HOOKLINE_HISTORY_DAYS', '-1', 'must be a whole number from 1 to 3650, not "-1"'],
  ['HOOKLINE_BASE_WAIT_MS', '', 'must be a whole number from 1 to 60000, not ""'],
  ['HOST', 'a\nb', String.raw`must be a host name or an IP address, not "a\nb"`],
  ['PORT', '65536', 'must be a whole number from 0 to 65535, not "65536"'],
  ['HOOKLINE_LOCAL', 'maybe', 'must be true or false, not "maybe"'],
  ['LOG_LEVEL', 'loud', 'must be fatal, error, warn, info, debug, trace, or silent, not "loud"'],
];

export const BAD_CALL_SETTINGS: readonly BadSetting[] = [
  [
    'HOOKLINE_MASTER_KEYS',
    `k1:${SECRET_TEXT}`,
    'must list <id>:<base64 of 32 bytes>, each with a unique id; entry 1 is malformed or repeats an id; generate a key with: openssl rand -base64 32',
  ],
  ['HOOKLINE_CREDENTIAL_BINDING', 'origin', 'must be action, destination, or destination_only, not "origin"'],
  [
    'HOOKLINE_ALLOWED_DESTINATIONS',
    'localhost',
    'must list host:port, [IPv6]:port or address/prefix; cannot read localhost',
  ],
  [
    'HOOKLINE_DENIED_DESTINATIONS',
    'hooks.example.com',
    'must list addresses or address/prefix; cannot read hooks.example.com',
  ],
  [
    'HOOKLINE_DNS_SERVERS',
    'dns.example.com',
    'must list ip, ip:port or [IPv6]:port; cannot read dns.example.com',
  ],
  ['HOOKLINE_EVALUATION_THREADS', '0', 'must be a whole number from 1 to 64, not "0"'],
];

/** `SCHEMA_REGISTRY_URL`, for services that read records of workflow engines. */
export const BAD_REGISTRY_SETTING: BadSetting = [
  'SCHEMA_REGISTRY_URL',
  `//me:${SECRET_TEXT}@registry`,
  hiddenUrl,
];

export const BAD_REDIS_SETTINGS: readonly BadSetting[] = [
  ['REDIS_URL', `//:${SECRET_TEXT}@redis`, hiddenUrl],
  ['REDIS_CA_FILE', '/nowhere.pem', noFile('certificate')],
];

export const BAD_DATABASE_SETTINGS: readonly BadSetting[] = [
  ['DATABASE_URL', `//me:${SECRET_TEXT}@db`, hiddenUrl],
  ['DATABASE_CA_FILE', '/nowhere.pem', noFile('certificate')],
];

/** `HOOKLINE_LOOKUP_KEY`, for services that store or look up contacts. */
export const BAD_LOOKUP_SETTING: BadSetting = [
  'HOOKLINE_LOOKUP_KEY',
  SECRET_TEXT,
  'must be base64 of 32 bytes; generate it with openssl rand -base64 32',
];

/** Problem that is reported if `HOOKLINE_LOOKUP_KEY` is unset: the default key is public. */
export const PUBLISHED_LOOKUP_KEY =
  'must be a key of your own; generate it with openssl rand -base64 32; if no other machine can reach Hookline, set HOOKLINE_LOCAL=1';

/** Returns the variables with their invalid texts. */
export function environmentOf(bad: readonly BadSetting[]): Record<string, string> {
  return Object.fromEntries(bad.map(([variable, text]) => [variable, text]));
}

/**
 * Returns the lines that report all invalid texts together, in the order in which `settings` declares the variables.
 */
export function reportOf(settings: Settings, bad: readonly BadSetting[]): string[] {
  return settingsIn(settings).flatMap(({ setting }) =>
    bad
      .filter(([variable]) => variable === setting.variable)
      .map(([variable, , problem]) => `${variable} ${problem} (${setting.description})`),
  );
}

/** Returns the variables without an invalid text. If the table is complete, these variables accept any text. */
export function variablesWithout(settings: Settings, bad: readonly BadSetting[]): string[] {
  const covered = new Set(bad.map(([variable]) => variable));
  return settingsIn(settings)
    .map(({ setting }) => setting.variable)
    .filter((variable) => !covered.has(variable));
}

/**
 * Returns the problems that reading a configuration reports, one line for each; an empty list if it can be read.
 * @throws any other error that `read` throws
 */
export function configProblems(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    return problemLines(error, ConfigError);
  }
  return [];
}
