import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { parseKeyring } from '@hookline/credentials/keyring';
import { openSecrets } from '@hookline/webhook-call/request/open-secrets';
import { signingSecret } from '@hookline/credentials/signing-secret';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';
const CREATE = `${WORKFLOW}/webhook`;
const URL = 'https://93.184.216.34/hook';
const SIGNED = { url: URL, method: 'POST', signing_enabled: true };
const OWN_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const DAY_MS = 86_400_000;

let api: IsolatedApi;
let probe: TopicProbe;
let client: Client;

beforeAll(async () => {
  api = await isolatedApi();
  probe = await api.probe();
  ({ client } = await api.account());
});

afterAll(() => api.stop());

const pathOf = (id: string): string => `${WORKFLOW}/${id}/webhook`;
const rotatePathOf = (id: string): string => `${pathOf(id)}/signing-secret/rotate`;

const create = (input: object) => client.post<SavedWebhookAction>(CREATE, input);
const replace = (id: string, input: object) => client.put<SavedWebhookAction>(pathOf(id), input);
const rotate = (id: string, input?: object) => client.post<SavedWebhookAction>(rotatePathOf(id), input);

/** Waits until a version and the data key of its secrets have been published, and returns the version. */
async function published(actionId: string, version: number): Promise<WebhookDefinition> {
  const definition = await probe.next(
    'WebhookDefinition',
    (one) => one.actionId === actionId && one.version === version,
  );
  await probe.until('AccountKey', ({ accountId }) => accountId === definition.accountId);
  return definition;
}

/** Opens the secrets with which a version signs at the given time, as the dispatcher does. */
async function secretsAt(definition: WebhookDefinition, at: number): Promise<string[]> {
  const findAccountKey = (accountId: string, dekId: string) =>
    probe.all('AccountKey').find((key) => key.accountId === accountId && key.dekId === dekId);
  const opening = { keyring: parseKeyring(api.keyring), findAccountKey, onFailure: () => undefined };
  const { origin } = new globalThis.URL(definition.url);
  const opened = await openSecrets(definition, { startedAt: at, origin }, opening);
  if ('kind' in opened) throw new Error(opened.detail);
  using secrets = opened;
  return (secrets.signing?.keys ?? []).map(signingSecret);
}

/** Epoch ms until which the secrets from before the last rotation keep signing; 0 without a grace period. */
const graceEnd = ({ signing }: SavedWebhookAction): number => Date.parse(signing.grace_until ?? '') || 0;

describe('a signing secret', () => {
  test('is created when signing is switched on, shown once, and sealed for the dispatcher', async () => {
    const created = await create(SIGNED);
    expect(created.status).toBe(201);
    const { id, signing_secret: secret = '', signing } = created.json;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(signing).toEqual({ enabled: true, grace_until: null });
    expect(await secretsAt(await published(id, 1), Date.now())).toEqual([secret]);

    const again = [await client.get(pathOf(id)), await client.get(WORKFLOW), await replace(id, SIGNED)];
    const base64 = secret.slice('whsec_'.length, -1);
    for (const { status, text } of again) {
      expect(status).toBe(200);
      expect(text).not.toContain(base64);
      expect(text).not.toContain('signing_secret');
    }
    expect(api.logs.join('\n')).not.toContain(base64);
    for (const { bytes } of probe.records('WebhookDefinition')) {
      expect(bytes?.includes(Buffer.from(base64, 'base64'))).toBe(false);
    }
  });

  test('is created when signing is switched on later, and removed when it is switched off', async () => {
    const { json } = await create({ url: URL, method: 'POST' });
    expect(json.signing).toEqual({ enabled: false, grace_until: null });
    expect(json.signing_secret).toBeUndefined();

    const on = await replace(json.id, SIGNED);
    expect(on.json.signing.enabled).toBe(true);
    expect(await secretsAt(await published(json.id, 2), Date.now())).toEqual([on.json.signing_secret]);

    const off = await replace(json.id, { url: URL, method: 'POST', signing_enabled: false });
    expect(off.json.signing).toEqual({ enabled: false, grace_until: null });
    expect((await published(json.id, 3)).signing).toBeNull();
    const onAgain = await replace(json.id, SIGNED);
    expect(onAgain.json.signing_secret).not.toBe(on.json.signing_secret);
  });

  test('is kept by a PUT that omits it, even if the origin of the URL changes', async () => {
    const { json } = await create(SIGNED);
    const moved = await replace(json.id, { ...SIGNED, url: 'https://93.184.216.35:8443/' });
    expect(moved.json.signing_secret).toBeUndefined();
    expect(await secretsAt(await published(json.id, 2), Date.now())).toEqual([json.signing_secret]);
  });

  test('can be supplied by the customer, and is then never shown', async () => {
    const created = await create({ ...SIGNED, signing_secret: OWN_SECRET });
    expect(created.status).toBe(201);
    expect(created.text).not.toContain(OWN_SECRET.slice('whsec_'.length));
    expect(await secretsAt(await published(created.json.id, 1), Date.now())).toEqual([OWN_SECRET]);
  });

  test('works with any auth type, and is sealed separately from the credential', async () => {
    const auth = { auth_type: 'bearer', auth_config: { token: 'tok' } };
    const { json } = await create({ ...SIGNED, ...auth });
    const definition = await published(json.id, 1);
    expect(json.auth).toEqual({ type: 'bearer', credential_set: true });
    expect(await secretsAt(definition, Date.now())).toEqual([json.signing_secret]);
    const [sealed] = definition.signing?.sealedSecrets ?? [];
    const swapped = { ...definition, auth: { ...definition.auth, sealed: sealed ?? null } };
    await expect(secretsAt(swapped, Date.now())).rejects.toThrow(/auth_config: the secret cannot be opened/);
  });

  test('is wiped when the action is deleted', async () => {
    const { json } = await create(SIGNED);
    await client.delete(pathOf(json.id));
    expect(await published(json.id, 2)).toMatchObject({ deleted: true, signing: null });
  });

  test.each([
    ['it is malformed', { signing_enabled: true, signing_secret: 'whsec_canary' }, ['signing_secret']],
    ['signing is not enabled', { signing_secret: OWN_SECRET }, ['signing_secret']],
    [
      'signing_enabled is not a boolean',
      { signing_enabled: 'yes', signing_secret: OWN_SECRET },
      ['signing_enabled'],
    ],
  ])('is rejected if %s', async (_name, input, fields) => {
    const definition = { url: URL, method: 'POST', ...input };
    const { status, json, text } = await client.post<Problem>(CREATE, definition);
    expect(status).toBe(422);
    expect(json.errors?.map(({ field }) => field)).toEqual(fields);
    expect(text).not.toMatch(/canary|MfKQ9r8/);
  });
});

describe('rotation of the signing secret', () => {
  test('shows the new secret once, while the old secret keeps signing for exactly a day', async () => {
    const { json: before } = await create(SIGNED);
    const rotated = await rotate(before.id);
    expect(rotated.status).toBe(200);
    const { json } = rotated;
    expect(json).toMatchObject({ id: before.id, version: 2, signing: { enabled: true } });
    expect(json.signing_secret).toMatch(/^whsec_/);
    expect(json.signing_secret).not.toBe(before.signing_secret);
    const until = graceEnd(json);
    expect(until).toBeGreaterThan(Date.parse(before.updated_at) + DAY_MS - 1);
    expect(until).toBeLessThanOrEqual(Date.parse(json.updated_at) + DAY_MS);
    expect((await client.get(pathOf(before.id))).text).not.toContain('signing_secret');

    const definition = await published(before.id, 2);
    expect(await secretsAt(definition, until - 1)).toEqual([json.signing_secret, before.signing_secret]);
    expect(await secretsAt(definition, until)).toEqual([json.signing_secret]);
  });

  test('accepts another grace period, no grace period, or a secret supplied by the customer', async () => {
    const { json: first } = await create(SIGNED);
    const hour = await rotate(first.id, { grace_period_seconds: 3_600 });
    expect(graceEnd(hour.json)).toBeLessThanOrEqual(Date.parse(hour.json.updated_at) + 3_600_000);

    const own = await rotate(first.id, { signing_secret: OWN_SECRET });
    expect(own.text).not.toContain('signing_secret');
    expect(await secretsAt(await published(first.id, 3), Date.now())).toEqual([
      OWN_SECRET,
      hour.json.signing_secret,
      first.signing_secret,
    ]);

    const atOnce = await rotate(first.id, { grace_period_seconds: 0 });
    expect(atOnce.json.signing.grace_until).toBeNull();
    expect(await secretsAt(await published(first.id, 4), Date.now())).toEqual([atOnce.json.signing_secret]);
  });

  test('survives a PUT within the grace period, which keeps both secrets', async () => {
    const { json: first } = await create(SIGNED);
    const second = await rotate(first.id, {});
    const replaced = await replace(first.id, SIGNED);
    expect(replaced.json.signing).toEqual(second.json.signing);
    expect(await secretsAt(await published(first.id, 3), Date.now())).toEqual([
      second.json.signing_secret,
      first.signing_secret,
    ]);
  });

  test('is rejected for an unsigned or unknown action, an invalid body, or a key without the scope', async () => {
    const { json: plain } = await create({ url: URL, method: 'POST' });
    expect((await rotate(plain.id, {})).status).toBe(409);
    const { json: signed } = await create(SIGNED);
    for (const body of [
      { grace_period_seconds: 604_801 },
      { grace_period_seconds: -1 },
      { grace_period_seconds: 1.5 },
      { signing_secret: 'whsec_canary' },
      { colour: 'red' },
    ]) {
      const refused = await client.post<Problem>(rotatePathOf(signed.id), body);
      expect(refused.status).toBe(422);
      expect(refused.json.errors).toEqual([{ field: Object.keys(body)[0], message: expect.any(String) }]);
      expect(refused.text).not.toContain('canary');
    }
    const stranger = await api.account();
    expect((await stranger.client.post(rotatePathOf(signed.id), {})).status).toBe(404);
    const { json: reader } = await client.post<CreatedApiKey>('/api/v1/api-keys', {
      name: 'reader',
      scopes: ['read'],
    });
    expect((await api.as(reader.key).post(rotatePathOf(signed.id), {})).status).toBe(403);
  });
});
