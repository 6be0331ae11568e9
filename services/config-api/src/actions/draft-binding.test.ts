/** Credentials of drafts in a deployment that does not bind other credentials to their destination (ADR 28, ADR 37). */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sealFormatOf } from '@hookline/credentials/sealed-value';
import type { SavedWebhookDraft } from '@hookline/shared/contracts/rest/webhook-drafts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi({ env: { HOOKLINE_CREDENTIAL_BINDING: 'action' } });
});

afterAll(() => api.stop());

test('credentials of drafts are bound to their destination, and on publication are sealed like all other credentials', async () => {
  const probe = await api.probe();
  const { client } = await api.account();
  const created = await client.post<SavedWebhookDraft>('/api/v1/workflows/workflow_1/drafts', {
    url: 'https://93.184.216.34/hook',
    method: 'POST',
    auth_type: 'bearer',
    auth_config: { token: 'canary-draft-token' },
  });
  const { id } = created.json;
  const { rows } = await api.pool.query<{ auth_sealed: Buffer }>(
    'SELECT auth_sealed FROM webhook_definition_drafts WHERE action_id = $1',
    [id],
  );
  const stored = rows.map(({ auth_sealed }) => sealFormatOf(auth_sealed));
  expect(stored).toEqual(['destination']);
  const path = `/api/v1/workflows/workflow_1/actions/${id}/webhook`;
  expect((await client.post(`${path}/publish`, '')).status).toBe(200);
  const { auth } = await probe.next('WebhookDefinition', (one) => one.actionId === id);
  expect(sealFormatOf(auth.sealed ?? Buffer.alloc(0))).toBe('action');
});
