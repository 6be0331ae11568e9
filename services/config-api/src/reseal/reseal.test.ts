import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDataKey, parseKeyring } from '@hookline/credentials/keyring';
import { openCredential } from '@hookline/credentials/open-credential';
import { seal, sealFormatOf } from '@hookline/credentials/sealed-value';
import type { Credential } from '@hookline/shared/contracts/authentication/kinds';
import type { AccountKey, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { createLogger } from '@hookline/shared/runtime/logger';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { definitionDestination } from '../actions/definition-destination.ts';
import { createCredentialSealer } from '../actions/seal-credential.ts';
import { type Config, readConfig } from '../config.ts';
import { createAccountStore } from '../persistence/account-store.ts';
import { createDataSource } from '../persistence/data-source.ts';
import { createSealedDefinitionStore } from '../persistence/sealed-definition-store.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import { type Client, type RunningApi, startApi } from '../testing/running-api.ts';
import { type Resealing, resealCredentials } from './reseal-credentials.ts';
import { runReseal } from './run-reseal.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';
const URL = 'https://93.184.216.34/hook';

/** Instance in the first step of the migration: it binds credentials only to their action. */
let before: IsolatedApi;
/** Instance that has reached the next step of the migration, on the same database. */
let after: RunningApi;
let probe: TopicProbe;
let account: { id: string; key: string; client: Client };

beforeAll(async () => {
  before = await isolatedApi();
  const env = { HOOKLINE_MASTER_KEYS: before.keyring, HOOKLINE_CREDENTIAL_BINDING: 'destination' };
  after = await startApi({ databaseUrl: before.databaseUrl, topics: before.topics, env });
  probe = await before.probe();
  await before.pool.query(NOTE_RECORDS);
});

afterAll(async () => {
  await after.stop();
  await before.stop();
});

beforeEach(async () => {
  await before.pool.query('DELETE FROM webhook_definitions');
  account = await before.account();
});

/** Creates actions, each with a token that is bound only to its action. */
async function actions(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const auth = { auth_type: 'bearer', auth_config: { token: `token-${i}` } };
    const { json } = await account.client.post<SavedWebhookAction>(`${WORKFLOW}/webhook`, {
      url: URL,
      method: 'POST',
      ...auth,
    });
    ids.push(json.id);
  }
  return ids.sort();
}

interface StoredRow {
  action_id: string;
  version: string;
  auth_sealed: Buffer | null;
  updated_at: Date;
}

async function rows(): Promise<StoredRow[]> {
  const columns = 'action_id, version, auth_sealed, updated_at';
  const found = await before.pool.query<StoredRow>(
    `SELECT ${columns} FROM webhook_definitions ORDER BY action_id`,
  );
  return found.rows;
}

async function formats(): Promise<string[]> {
  return (await rows()).map(({ auth_sealed: sealed }) => (sealed ? sealFormatOf(sealed) : 'none'));
}

/**
 * Notes the key of each record, because a row of the outbox is deleted when a newer row with its key is written or
 * published.
 */
const NOTE_RECORDS = `
  CREATE TABLE written_records (record_key text);
  CREATE FUNCTION note_record() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO written_records VALUES (NEW.record_key);
    RETURN NULL;
  END
  $$;
  CREATE TRIGGER note_record AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION note_record();
`;

/** Returns the number of definition records that were written to the outbox. */
async function records(): Promise<number> {
  const { rows } = await before.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM written_records JOIN webhook_definitions d ON d.action_id::text = record_key`,
  );
  return rows[0]?.count ?? 0;
}

function published(actionId: string, version: number): Promise<WebhookDefinition> {
  return probe.next('WebhookDefinition', (one) => one.actionId === actionId && one.version === version);
}

/** Opens a credential as a dispatcher does, for the destination of a definition. */
async function opened(definition: WebhookDefinition): Promise<Credential | null> {
  const { accountId } = definition;
  await probe.until('AccountKey', (key) => key.accountId === accountId);
  const keys = probe.all('AccountKey');
  const findAccountKey = (_: string, dekId: string): AccountKey | undefined =>
    keys.find((key) => key.dekId === dekId);
  const opening = { keyring: parseKeyring(before.keyring), findAccountKey, destinationOnly: true };
  return openCredential(definition, definitionDestination(definition), opening);
}

type Store = ReturnType<typeof createSealedDefinitionStore>;

async function reseal(
  around: (each: () => Promise<Buffer | null>, definition: WebhookDefinition) => Promise<Buffer | null> = (
    each,
  ) => each(),
): Promise<Resealing> {
  const logger = createLogger('reseal', 'silent');
  const source = createDataSource({ logger }, { databaseUrl: before.databaseUrl });
  await source.initialize();
  try {
    const stored = createSealedDefinitionStore({ source });
    const store: Pick<Store, 'resealBatch'> = {
      resealBatch: (batch, change) =>
        stored.resealBatch(batch, (definition) => around(() => change(definition), definition)),
    };
    const deps = { keyring: parseKeyring(before.keyring), accounts: createAccountStore({ source }) };
    const sealer = createCredentialSealer(deps, { format: 'destination', destinationOnly: false });
    return await resealCredentials({ store, sealer, logger }, { batchRows: 2 });
  } finally {
    await source.destroy();
  }
}

describe('sealing stored credentials again', () => {
  test('binds each credential to its destination in a new version, and changes nothing in a second run', async () => {
    const ids = await actions(5);
    const { json: plain } = await account.client.post<SavedWebhookAction>(`${WORKFLOW}/webhook`, {
      url: URL,
      method: 'POST',
    });
    const stored = await rows();
    expect(await reseal()).toEqual({ resealed: 5, failed: 0 });
    for (const row of await rows()) {
      const isPlain = row.action_id === plain.id;
      expect(row.version).toBe(isPlain ? '1' : '2');
      // The time is unchanged, because the customer has not changed anything.
      expect(row.updated_at).toEqual(stored.find((one) => one.action_id === row.action_id)?.updated_at);
      if (isPlain) continue;
      const next = await published(row.action_id, 2);
      expect(await opened(next)).toMatchObject({ type: 'bearer', token: expect.stringMatching(/^token-/) });
      await expect(opened({ ...next, url: 'https://203.0.113.9/steal' })).rejects.toMatchObject({
        code: 'other_destination',
      });
    }
    expect(ids).toHaveLength(5);
    expect(await reseal()).toEqual({ resealed: 0, failed: 0 });
    expect(await records()).toBe(11);
  });

  test('stores only whole batches when interrupted, and the next run continues with the rest', async () => {
    const [, , , fourth] = await actions(5);
    const interrupted = reseal((each, { actionId }) =>
      actionId === fourth ? Promise.reject(new Error('killed')) : each(),
    );
    await expect(interrupted).rejects.toThrow('killed');
    expect(await formats()).toEqual(['destination', 'destination', 'action', 'action', 'action']);
    expect(await records()).toBe(7);
    expect(await reseal()).toEqual({ resealed: 3, failed: 0 });
    expect(await records()).toBe(10);
  });

  test('shares the work with a concurrent run', async () => {
    await actions(7);
    const [one, other] = await Promise.all([reseal(), reseal()]);
    expect(one.resealed + other.resealed).toBe(7);
    expect(new Set(await formats())).toEqual(new Set(['destination']));
    expect(await records()).toBe(14);
  });

  test('runs before or after a concurrent edit, which conflicts if it has read the previous version', async () => {
    const [first = '', second = ''] = await actions(2);
    const input = { url: `${URL}/edited`, method: 'POST', auth_type: 'bearer' };
    const path = (id: string): string => `${WORKFLOW}/${id}/webhook`;
    const { client } = account;
    // An edit before the row is locked is not a conflict. The edited version is sealed again.
    expect((await client.put(path(first), input)).status).toBe(200);
    let edit: ReturnType<typeof client.put> | undefined;
    const resealing = await reseal(async (each, { actionId }) => {
      // This run holds the lock on the row, so the edit reads the previous version and then waits.
      if (actionId === second) {
        edit = client.put(path(second), input);
        await untilBlocked();
      }
      return each();
    });
    expect(resealing).toEqual({ resealed: 2, failed: 0 });
    expect((await edit)?.status).toBe(409);
    expect((await rows()).map(({ version }) => version)).toEqual(['3', '2']);
    expect((await published(first, 3)).url).toBe(input.url);
    // An instance in the next step of the migration edits the definition, and the credential stays bound.
    expect((await after.as(account.key).put(path(second), input)).status).toBe(200);
    const edited = await published(second, 3);
    expect(edited.url).toBe(input.url);
    expect(await opened(edited)).toMatchObject({ type: 'bearer' });
  });

  test('does not change a credential that cannot be opened, and seals the others', async () => {
    const [first, second] = await actions(3);
    const stranger = createDataKey(parseKeyring(`x:${randomBytes(32).toString('base64')}`), account.id, 0);
    await before.pool.query('UPDATE webhook_definitions SET auth_sealed = $2 WHERE action_id = $1', [
      first,
      sealedElsewhere(stranger),
    ]);
    await before.pool.query(
      `UPDATE webhook_definitions SET auth_sealed = auth_sealed || '\\x00' WHERE action_id = $1`,
      [second],
    );
    expect(await reseal()).toEqual({ resealed: 1, failed: 2 });
    expect(await formats()).toEqual(['action', 'action', 'destination']);
  });
});

/** Builds a credential that is sealed with a data key that the account does not have. */
function sealedElsewhere(accountKey: AccountKey): Buffer {
  const keyring = parseKeyring(`${accountKey.kekId}:${randomBytes(32).toString('base64')}`);
  const own = createDataKey(keyring, accountKey.accountId, 0);
  return seal(keyring, own, Buffer.from('{}'), {
    accountId: accountKey.accountId,
    actionId: 'another',
    field: 'auth',
  });
}

/** Resolves once a statement in the database is waiting for a lock. */
async function untilBlocked(): Promise<void> {
  for (;;) {
    const { rows } = await before.pool.query<{ waits: boolean }>(
      `SELECT count(*) > 0 AS waits FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows[0]?.waits) return;
  }
}

describe('the command', () => {
  const config = (binding: string): Config =>
    readConfig({
      KAFKA_BROKERS: before.topics.brokers.join(','),
      DATABASE_URL: before.databaseUrl,
      REDIS_URL: 'redis://127.0.0.1:1',
      HOOKLINE_MASTER_KEYS: before.keyring,
      HOOKLINE_ADMIN_KEY: 'unused-unused-unused-unused-unused-unused',
      HOOKLINE_CREDENTIAL_BINDING: binding,
      HOOKLINE_LOOKUP_KEY: Buffer.from('unused-unused-unused-unused-unus').toString('base64'),
    });

  async function run(binding: string): Promise<{ code: number; last: Record<string, unknown> }> {
    const lines: string[] = [];
    const logger = createLogger('reseal', 'info', { write: (line) => void lines.push(line) });
    const code = await runReseal({ logger }, config(binding));
    return { code, last: JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
  }

  test('ends with 0 once a running config-api has published everything', async () => {
    const [first = ''] = await actions(1);
    expect(await run('destination')).toMatchObject({
      code: 0,
      last: { resealed: 1, failed: 0, remaining: 0, unpublished: 0 },
    });
    expect(await opened(await published(first, 2))).toMatchObject({ token: 'token-0' });
  });

  test.each(['action', 'destination_only'])('ends with 1 and seals nothing if set to %s', async (binding) => {
    await actions(1);
    const { code, last } = await run(binding);
    expect(code).toBe(1);
    expect(last['msg']).toMatch(/set HOOKLINE_CREDENTIAL_BINDING to destination/);
    expect(await formats()).toEqual(['action']);
  });

  test('ends with 1 if a credential could not be opened', async () => {
    await actions(1);
    await before.pool.query(`UPDATE webhook_definitions SET auth_sealed = auth_sealed || '\\x00'`);
    expect(await run('destination')).toMatchObject({ code: 1, last: { failed: 1, remaining: 1 } });
  });
});
