import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AccountKey } from '@hookline/shared/contracts/events';
import { createLogger, type Logger } from '@hookline/shared/runtime/logger';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import { type IsolatedTopics, isolatedTopics } from '@hookline/testkit/isolated-topics';
import { type TopicProbe, topicProbe } from '@hookline/testkit/topic-probe';
import { createDataKey, parseKeyring } from '@hookline/credentials/keyring';
import { seal, withOpened } from '@hookline/credentials/sealed-value';
import { Client as PostgresClient } from 'pg';
import { type Config, readConfig } from '../config.ts';
import { createAccountKeyStore, type KeyChange } from '../persistence/account-key-store.ts';
import { createDataSource } from '../persistence/data-source.ts';
import { startApi } from '../testing/running-api.ts';
import { type Rotation, rotateKeys } from './rotate-keys.ts';
import { runRotateKeys } from './run-rotate-keys.ts';

const masterKey = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [old, next, foreign] = [masterKey('old'), masterKey('new'), masterKey('foreign')];
const keyring = parseKeyring(`${next},${old}`);

let database: IsolatedDatabase;
let topics: IsolatedTopics;
let postgres: PostgresClient;
let probe: TopicProbe;

beforeAll(async () => {
  [database, topics] = await Promise.all([isolatedDatabase({ migrated: true }), isolatedTopics()]);
  postgres = new PostgresClient({ connectionString: database.databaseUrl });
  await postgres.connect();
  probe = await topicProbe(topics);
});

afterAll(async () => {
  await probe.stop();
  await postgres.end();
  await database.drop();
  await topics[Symbol.asyncDispose]();
});

/** Creates accounts as an earlier config-api left them, with nothing to publish. */
async function accounts(count: number, ring = parseKeyring(old)): Promise<AccountKey[]> {
  await postgres.query('TRUNCATE accounts, outbox CASCADE');
  const keys = Array.from({ length: count }, (_, i) => createDataKey(ring, `acct_${i}`, Date.now()));
  for (const key of keys) await insert(key);
  return keys;
}

async function insert({ accountId, dekId, kekId, wrapped, state }: AccountKey): Promise<void> {
  await postgres.query('INSERT INTO accounts (id, name) VALUES ($1, $1)', [accountId]);
  await postgres.query(
    'INSERT INTO account_keys (account_id, dek_id, kek_id, wrapped, state) VALUES ($1, $2, $3, $4, $5)',
    [accountId, dekId, kekId, wrapped, state],
  );
}

/** Returns the ids of the master keys that wrap the data keys, ordered by account. */
async function wrappedBy(): Promise<string[]> {
  const { rows } = await postgres.query('SELECT kek_id FROM account_keys ORDER BY account_id');
  return rows.map(({ kek_id: id }: { kek_id: string }) => id);
}

/** Returns the keys of the records that wait to be published. */
async function outbox(): Promise<string[]> {
  const { rows } = await postgres.query('SELECT record_key FROM outbox ORDER BY record_key');
  return rows.map(({ record_key: key }: { record_key: string }) => key);
}

async function rotate(
  options: {
    renewDataKeys?: boolean;
    change?: (key: AccountKey, go: () => KeyChange | null) => KeyChange | null;
  } = {},
): Promise<Rotation> {
  const logger = silent();
  const source = createDataSource({ logger }, { databaseUrl: database.databaseUrl });
  await source.initialize();
  try {
    const keys = createAccountKeyStore({ source });
    const { renewDataKeys = false, change = (_key, go) => go() } = options;
    const store = {
      changeBatch: (...[batch, decide]: Parameters<typeof keys.changeBatch>) =>
        keys.changeBatch(batch, (key) => change(key, () => decide(key))),
    };
    return await rotateKeys({ store, keyring, logger, now: Date.now }, { batchRows: 2, renewDataKeys });
  } finally {
    await source.destroy();
  }
}

function silent(): Logger {
  return createLogger('rotate-keys', 'silent');
}

function config(masterKeys: string): Config {
  return readConfig({
    KAFKA_BROKERS: topics.brokers.join(','),
    DATABASE_URL: database.databaseUrl,
    REDIS_URL: 'redis://127.0.0.1:1',
    HOOKLINE_MASTER_KEYS: masterKeys,
    HOOKLINE_ADMIN_KEY: 'unused',
    HOOKLINE_LOCAL: '1',
  });
}

describe('rotate-keys', () => {
  test('re-wraps every data key once, and writes a record for each', async () => {
    const keys = await accounts(5);
    expect(await rotate()).toMatchObject({ rewrapped: 5, failed: 0 });
    expect(await wrappedBy()).toEqual(Array.from({ length: 5 }, () => 'new'));
    expect(await outbox()).toEqual(keys.map(({ accountId, dekId }) => `${accountId}:${dekId}`));
    expect(await rotate()).toMatchObject({ rewrapped: 0, failed: 0 });
    expect(await outbox()).toHaveLength(5);
  });

  test('stores only whole batches when interrupted, and continues with the rest in the next run', async () => {
    await accounts(5);
    const interrupted = rotate({
      change: (key, go) => {
        if (key.accountId === 'acct_3') throw new Error('killed');
        return go();
      },
    });
    await expect(interrupted).rejects.toThrow('killed');
    expect(await wrappedBy()).toEqual(['new', 'new', 'old', 'old', 'old']);
    expect(await outbox()).toHaveLength(2);
    expect(await rotate()).toMatchObject({ rewrapped: 3, failed: 0 });
    expect(await outbox()).toHaveLength(5);
  });

  test('shares the work with a concurrent run', async () => {
    await accounts(9);
    const [one, other] = await Promise.all([rotate(), rotate()]);
    expect(one.rewrapped + other.rewrapped).toBe(9);
    expect(await outbox()).toHaveLength(9);
    expect(new Set(await wrappedBy())).toEqual(new Set(['new']));
  });

  test('does not change a data key that cannot be opened, and re-wraps the others', async () => {
    await accounts(3);
    await insert(createDataKey(parseKeyring(foreign), 'acct_1a', Date.now()));
    await postgres.query(`UPDATE account_keys SET wrapped = wrapped || '\\x00' WHERE account_id = 'acct_2'`);
    expect(await rotate()).toMatchObject({ rewrapped: 2, failed: 2 });
    expect(await wrappedBy()).toEqual(['new', 'new', 'foreign', 'old']);
    expect(await outbox()).toHaveLength(2);
  });
});

describe('renewing data keys', () => {
  test('gives every account a new key for sealing, and keeps the old key for opening earlier values', async () => {
    const [first] = await accounts(3);
    expect(await rotate({ renewDataKeys: true })).toEqual({ rewrapped: 3, failed: 0, renewed: 3 });
    const { rows } = await postgres.query(
      `SELECT account_id, state, kek_id, dek_id = ANY($1) AS made FROM account_keys ORDER BY account_id, state`,
      [[first?.dekId]],
    );
    expect(rows.slice(0, 2)).toEqual([
      { account_id: 'acct_0', state: 'active', kek_id: 'new', made: false },
      { account_id: 'acct_0', state: 'decrypt_only', kek_id: 'new', made: true },
    ]);
    expect(rows).toHaveLength(6);
    // Three records for the old keys and three for the new keys: when an old key was retired, its record replaced the
    // record that was written when the key was re-wrapped.
    expect(await outbox()).toHaveLength(6);
  });

  test('works even if the old key can no longer be opened', async () => {
    await accounts(1, parseKeyring(foreign));
    expect(await rotate({ renewDataKeys: true })).toEqual({ rewrapped: 0, failed: 1, renewed: 1 });
    expect((await wrappedBy()).sort()).toEqual(['foreign', 'new']);
  });
});

describe('the command rotate-keys', () => {
  test('exits with 0 once a running config-api has published the re-wrapped keys', async () => {
    const [key] = await accounts(1);
    if (!key) throw new Error('no account');
    const binding = { accountId: key.accountId, actionId: 'action_1', field: 'auth' } as const;
    const sealed = seal(keyring, key, Buffer.from('secret'), binding);
    const env = { HOOKLINE_MASTER_KEYS: `${next},${old}` };
    const api = await startApi({ databaseUrl: database.databaseUrl, topics, env });

    expect(
      await runRotateKeys({ logger: silent() }, config(`${next},${old}`), { renewDataKeys: false }),
    ).toBe(0);
    await api.stop();
    const published = await probe.next('AccountKey', ({ accountId }) => accountId === key.accountId);
    expect(published).toMatchObject({ dekId: key.dekId, kekId: 'new', state: 'active' });
    const opening = { keyring: parseKeyring(next), findAccountKey: () => published };
    expect(withOpened(opening, sealed, binding, (plaintext) => plaintext.toString())).toBe('secret');
  });

  test.each([
    ['nothing publishes the records', `${next},${old}`],
    ['the old master key is missing', next],
  ])('exits with 1, and logs that the rotation is not finished, if %s', async (_name, masterKeys) => {
    await accounts(1);
    const lines: string[] = [];
    const logger = createLogger('rotate-keys', 'info', { write: (line) => void lines.push(line) });
    const code = await runRotateKeys({ logger }, config(masterKeys), {
      renewDataKeys: false,
      publishDeadlineMs: 0,
    });
    expect(code).toBe(1);
    expect(lines.at(-1)).toContain('not finished; keep the old master keys');
    expect(lines.join('\n')).not.toContain(next.slice('new:'.length));
  });
});
