/** Changes to definitions whose credential is bound to its destination (ADR 28). */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseKeyring } from '@hookline/credentials/keyring';
import { openCredential } from '@hookline/credentials/open-credential';
import { sealFormatOf } from '@hookline/credentials/sealed-value';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';
import { definitionDestination } from './definition-destination.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';
const HOST = 'https://93.184.216.34';
const URL = `${HOST}/hook`;

let api: IsolatedApi;
let probe: TopicProbe;

beforeAll(async () => {
  api = await isolatedApi({ env: { HOOKLINE_CREDENTIAL_BINDING: 'destination' } });
  probe = await api.probe();
});

afterAll(() => api.stop());

const create = (client: Client, input: unknown) =>
  client.post<SavedWebhookAction>(`${WORKFLOW}/webhook`, input);

function errorsOf({ status, json }: ApiResponse<Problem>): Record<string, string> {
  expect(status).toBe(422);
  return Object.fromEntries(json.errors?.map(({ field, message }) => [field, message]) ?? []);
}

/**
 * Returns the sealed credential of a published version, and whether it can be opened for that version's destination.
 */
async function version(actionId: string, number: number): Promise<{ sealed: Buffer; opens: boolean }> {
  const definition = await probe.next(
    'WebhookDefinition',
    (one) => one.actionId === actionId && one.version === number,
  );
  await probe.until('AccountKey', (key) => key.accountId === definition.accountId);
  const accountKey = probe.all('AccountKey').find((key) => key.accountId === definition.accountId);
  const opening = { keyring: parseKeyring(api.keyring), findAccountKey: () => accountKey };
  const credential = openCredential(definition, definitionDestination(definition), opening);
  return { sealed: definition.auth.sealed ?? Buffer.alloc(0), opens: credential !== null };
}

const apiKey = {
  url: URL,
  method: 'POST',
  ssl_verify: false,
  auth_type: 'api_key',
  auth_config: { header_name: 'X-Key', api_key: 'canary-secret123' },
};

test('a bound credential is sealed again if a bound field other than the origin changes, and kept byte for byte otherwise', async () => {
  const { client } = await api.account();
  const { json } = await create(client, apiKey);
  const path = `${WORKFLOW}/${json.id}/webhook`;
  const put = async (changes: object): Promise<number> =>
    (await client.put(path, { ...apiKey, ...changes })).status;
  const first = await version(json.id, 1);
  expect(sealFormatOf(first.sealed)).toBe('destination');

  expect(await put({ url: `${HOST}/other`, auth_config: { header_name: 'X-Key' } })).toBe(200);
  expect(await version(json.id, 2)).toEqual(first);
  expect(await put({ auth_config: { header_name: 'X-Other' } })).toBe(200);
  const renamed = await version(json.id, 3);
  expect(await put({ auth_config: { header_name: 'X-Other' }, ssl_verify: true })).toBe(200);
  const verified = await version(json.id, 4);
  expect([renamed.opens, verified.opens]).toEqual([true, true]);
  expect(new Set([first, renamed, verified].map(({ sealed }) => sealed.toString('hex'))).size).toBe(3);
});

test('a bound credential must be sent again if certificates are no longer verified', async () => {
  const { client } = await api.account();
  const { json } = await create(client, { ...apiKey, ssl_verify: true });
  const path = `${WORKFLOW}/${json.id}/webhook`;
  const lowered = await client.put<Problem>(path, { ...apiKey, auth_config: {} });
  const message = 'must be sent again, because ssl_verify is switched off';
  expect(errorsOf(lowered)).toEqual({ 'auth_config.api_key': message });
  expect((await client.put(path, apiKey)).status).toBe(200);
  expect((await version(json.id, 2)).opens).toBe(true);
});

test('a bound secret is sealed again for another oauth2 client, and must be sent again for another token endpoint', async () => {
  const { client } = await api.account();
  const settings = { token_url: `${HOST}/token`, client_id: 'client' };
  const oauth2 = { url: URL, method: 'POST', auth_type: 'oauth2' };
  const created = { ...oauth2, auth_config: { ...settings, client_secret: 'canary-secret123' } };
  const { json } = await create(client, created);
  const path = `${WORKFLOW}/${json.id}/webhook`;
  const first = await version(json.id, 1);
  expect(
    (await client.put(path, { ...oauth2, auth_config: { ...settings, client_id: 'other' } })).status,
  ).toBe(200);
  const second = await version(json.id, 2);
  expect([first.opens, second.opens, second.sealed.equals(first.sealed)]).toEqual([true, true, false]);
  const moved = { ...settings, token_url: 'https://93.184.216.35/token' };
  const refused = await client.put<Problem>(path, { ...oauth2, auth_config: moved });
  expect(Object.keys(errorsOf(refused))).toEqual(['auth_config.client_secret']);
});

test('a change gets a 503 or a 409, without details about keys, if it must open the credential and cannot', async () => {
  const { client } = await api.account();
  const { json } = await create(client, apiKey);
  const path = `${WORKFLOW}/${json.id}/webhook`;
  const damage = (bytes: string) =>
    api.pool.query('UPDATE webhook_definitions SET auth_sealed = $2 WHERE action_id = $1', [
      json.id,
      Buffer.from(bytes, 'hex'),
    ]);
  const renamed = { ...apiKey, auth_config: { header_name: 'X-Other' } };
  await damage(`7f01${'00'.repeat(60)}`);
  const later = await client.put<Problem>(path, renamed);
  expect([later.status, later.json.code]).toEqual([503, 'secret_unavailable']);
  await damage('0201');
  const never = await client.put<Problem>(path, renamed);
  expect([never.status, never.json.code]).toEqual([409, 'secret_not_opened']);
  expect(later.text + never.text).not.toMatch(/HOOKLINE|format|data key/);
});
