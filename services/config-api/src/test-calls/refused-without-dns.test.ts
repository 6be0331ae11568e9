/** Requests that a quota refuses do not resolve names, so they do not reveal which names exist. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type DnsServer, startDnsServer } from '@hookline/destination-guard/testing/dns-server';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';

const TEST = '/api/v1/webhooks/test';
const CREATE = '/api/v1/workflows/workflow_1/actions/webhook';

let dns: DnsServer;
let api: IsolatedApi;

beforeAll(async () => {
  dns = await startDnsServer({});
  api = await isolatedApi({ env: { HOOKLINE_DNS_SERVERS: dns.address } });
});

afterAll(async () => {
  await api.stop();
  await dns[Symbol.asyncDispose]();
});

const definition = (host: string): object => ({ url: `https://${host}.hookline-quota.dev/`, method: 'GET' });
const queried = (host: string): boolean => dns.queries.includes(`${host}.hookline-quota.dev`);

test('a test call beyond the quota does not resolve a name, and a refused definition counts as a call', async () => {
  const { client } = await api.account();
  for (let i = 0; i < 10; i++) {
    const answer = await client.post<Problem>(TEST, definition(`guess-${i}`));
    expect(answer.json).toMatchObject({ status: 422, errors: [{ field: 'url' }] });
  }
  expect(queried('guess-9')).toBe(true);
  const refused = await client.post<Problem>(TEST, definition('guess-10'));
  expect(refused.json).toMatchObject({ status: 429, code: 'too_many_test_calls' });
  expect(queried('guess-10')).toBe(false);
});

test('a body that cannot be read as a test call does not count as a call', async () => {
  const { client } = await api.account();
  for (let i = 0; i < 12; i++) expect((await client.post(TEST, [])).status).toBe(422);
  expect((await client.post<Problem>(TEST, definition('readable'))).json.status).toBe(422);
  expect(queried('readable')).toBe(true);
});

test('a change of a definition beyond the quota does not resolve a name', async () => {
  const { id, client } = await api.account();
  const settings = { definition_changes_per_second: 1 };
  expect((await api.admin.put(`/api/v1/accounts/${id}/settings`, settings)).status).toBe(200);
  let guesses = 0;
  let status = 422;
  // Repeats until a request is refused, because the bucket refills during the loop.
  for (; status === 422 && guesses < 100; guesses++)
    ({ status } = await client.post<Problem>(CREATE, definition(`name-${guesses}`)));
  expect(status).toBe(429);
  expect([queried(`name-${guesses - 2}`), queried(`name-${guesses - 1}`)]).toEqual([true, false]);
});
