import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Account, AccountSettingsView } from '@hookline/shared/contracts/rest/accounts';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { parseKeyring, withDataKey } from '@hookline/credentials/keyring';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';

let api: IsolatedApi;
let probe: TopicProbe;

beforeAll(async () => {
  api = await isolatedApi();
  probe = await api.probe();
});

afterAll(() => api.stop());

test('a new account has no limits of its own; its wrapped data key and its settings are published', async () => {
  const created = await api.admin.post<Account>('/api/v1/accounts', { name: 'Example' });
  expect(created.status).toBe(201);
  const { id } = created.json;
  expect(created.json).toEqual({ id, name: 'Example', created_at: expect.any(String) });

  const { value: key, ...record } = await probe.nextRecord('AccountKey', ({ accountId }) => accountId === id);
  expect(record.key).toBe(`${id}:${key.dekId}`);
  expect(key).toMatchObject({ kekId: 'test', state: 'active' });
  expect(withDataKey(parseKeyring(api.keyring), key, (dataKey) => dataKey.length)).toBe(32);

  const settings = await probe.next('AccountSettings', ({ accountId }) => accountId === id);
  expect(settings).toMatchObject({
    maxInFlight: 100,
    maxInFlightPerEndpoint: 10,
    ownMaxInFlight: false,
    ownMaxInFlightPerEndpoint: false,
    suspended: false,
  });
  const shown = await api.admin.get(`/api/v1/accounts/${id}/settings`);
  expect(shown.json).toEqual({
    account_id: id,
    max_in_flight: null,
    max_in_flight_per_endpoint: null,
    rate_per_second: null,
    burst: null,
    paused_endpoints: [],
    suspended: false,
    max_actions: null,
    max_definition_bytes: null,
    max_api_keys: null,
    api_requests_per_second: null,
    definition_changes_per_second: null,
    executions_per_second: null,
    max_stored_bytes_per_day: null,
    updated_at: new Date(settings.updatedAt).toISOString(),
  });
});

test('an account can be created with a chosen id, but not twice', async () => {
  const id = `engine-${randomUUID()}`;
  expect((await api.admin.post<Account>('/api/v1/accounts', { id, name: 'First' })).json.id).toBe(id);
  const again = await api.admin.post<Problem>('/api/v1/accounts', { id, name: 'Second' });
  expect({ status: again.status, code: again.json.code }).toEqual({ status: 409, code: 'conflict' });
});

test('new settings replace the old settings and reach Kafka in order', async () => {
  const { id } = await api.account();
  const path = `/api/v1/accounts/${id}/settings`;
  for (const limit of [1, 2, 3]) {
    const input = { max_in_flight: limit, rate_per_second: limit / 2 };
    const { status, json } = await api.admin.put<AccountSettingsView>(path, input);
    expect({ status, limit: json.max_in_flight }).toEqual({ status: 200, limit });
  }
  await probe.next('AccountSettings', (event) => event.accountId === id && event.maxInFlight === 3);
  const limits = probe.all('AccountSettings').filter(({ accountId }) => accountId === id);
  expect(limits.map(({ maxInFlight }) => maxInFlight)).toEqual([100, 1, 2, 3]);
});

test.each([{}, { max_in_flight: null, max_in_flight_per_endpoint: null }])(
  'a PUT of %j unsets the limits, so that the dispatcher’s own limits apply again',
  async (input) => {
    const { id } = await api.account();
    const path = `/api/v1/accounts/${id}/settings`;
    await api.admin.put(path, { max_in_flight: 7, max_in_flight_per_endpoint: 3, rate_per_second: 5 });
    const unset = { max_in_flight: null, max_in_flight_per_endpoint: null };
    expect((await api.admin.put(path, input)).json).toMatchObject(unset);
    expect((await api.admin.get(path)).json).toMatchObject({ ...unset, rate_per_second: null });
    const own = await Promise.all(
      [true, false].map((set) =>
        probe.next(
          'AccountSettings',
          (one) => one.accountId === id && one.ownMaxInFlight === set && set === (one.maxInFlight === 7),
        ),
      ),
    );
    expect(own.map((one) => one.ownMaxInFlightPerEndpoint)).toEqual([true, false]);
  },
);

test('quotas can be set and unset, and the quota of stored bytes is published to the dispatchers', async () => {
  const { id } = await api.account();
  const path = `/api/v1/accounts/${id}/settings`;
  const quotas = {
    api_requests_per_second: 1_000,
    definition_changes_per_second: 100,
    executions_per_second: 2_000,
    max_stored_bytes_per_day: 50_000_000_000,
  };
  expect((await api.admin.put(path, quotas)).json).toMatchObject(quotas);
  expect((await api.admin.get(path)).json).toMatchObject(quotas);
  const published = await probe.next(
    'AccountSettings',
    (one) => one.accountId === id && one.maxStoredBytesPerDay !== null,
  );
  expect(published.maxStoredBytesPerDay).toBe(50_000_000_000);
  const unset = await api.admin.put<AccountSettingsView>(path, {});
  expect(unset.json).toMatchObject(Object.fromEntries(Object.keys(quotas).map((name) => [name, null])));
});

test('numbers out of range are rejected with the range in the message', async () => {
  const { id } = await api.account();
  const answer = await api.admin.put<Problem>(`/api/v1/accounts/${id}/settings`, {
    max_in_flight: 10_001,
    max_in_flight_per_endpoint: 1.5,
    rate_per_second: 5e-324,
    burst: 1e300,
    api_requests_per_second: 0,
    definition_changes_per_second: 1.5,
    executions_per_second: 1e300,
    max_stored_bytes_per_day: -1,
  });
  expect(answer.status).toBe(422);
  const wholeUpTo = (max: number) => `must be a whole number from 1 to ${max}`;
  expect(answer.json.errors?.toSorted((a, b) => a.field.localeCompare(b.field))).toEqual([
    { field: 'api_requests_per_second', message: wholeUpTo(10_000) },
    { field: 'burst', message: wholeUpTo(100_000) },
    { field: 'definition_changes_per_second', message: wholeUpTo(10_000) },
    { field: 'executions_per_second', message: wholeUpTo(10_000) },
    { field: 'max_in_flight', message: wholeUpTo(10_000) },
    { field: 'max_in_flight_per_endpoint', message: wholeUpTo(10_000) },
    { field: 'max_stored_bytes_per_day', message: `must be a whole number from 0 to ${2 ** 50}` },
    { field: 'rate_per_second', message: 'must be a number from 0.00001 to 10000' },
  ]);
});

test('invalid settings are rejected with an error that names every invalid field', async () => {
  const { id } = await api.account();
  const answer = await api.admin.put<Problem>(`/api/v1/accounts/${id}/settings`, {
    max_in_flight: 0,
    rate_per_second: 'fast',
    burst: 1.5,
    colour: 'red',
  });
  expect(answer.status).toBe(422);
  const fields = answer.json.errors?.map(({ field }) => field);
  expect(fields?.sort()).toEqual(['burst', 'colour', 'max_in_flight', 'rate_per_second']);
});

test('A-037 settings can be written back as they were read', async () => {
  const { id } = await api.account();
  const path = `/api/v1/accounts/${id}/settings`;
  await api.admin.put(path, { max_in_flight: 7, paused_endpoints: ['https://example.com/p'] });
  const { json: read } = await api.admin.get<AccountSettingsView>(path);
  const { status, json } = await api.admin.put<AccountSettingsView>(path, { ...read, burst: 3 });
  expect([status, { ...json, updated_at: '' }]).toEqual([200, { ...read, burst: 3, updated_at: '' }]);
  const moved = await api.admin.put<Problem>(path, { ...read, account_id: 'another' });
  expect([moved.status, moved.json.errors?.map(({ field }) => field)]).toEqual([422, ['account_id']]);
});

test('F22 paused endpoints are stored in canonical form, and a text that is not an endpoint is rejected', async () => {
  const { id } = await api.account();
  const path = `/api/v1/accounts/${id}/settings`;
  const spellings = ['HTTP://Example.com:80/a/../p', 'http://example.com/%70', 'https://example.com'];
  const { json } = await api.admin.put<AccountSettingsView>(path, { paused_endpoints: spellings });
  expect(json.paused_endpoints).toEqual(['http://example.com/p', 'https://example.com/']);
  const refused = await api.admin.put<Problem>(path, {
    paused_endpoints: ['https://example.com/', 'foo', 'https://example.com/p?x=1', 'ftp://example.com/'],
  });
  expect([refused.status, refused.json.errors?.map(({ field }) => field)]).toEqual([
    422,
    ['paused_endpoints.1', 'paused_endpoints.2', 'paused_endpoints.3'],
  ]);
});

test('GET and PUT of the settings return 404 for an unknown account', async () => {
  const path = '/api/v1/accounts/nobody/settings';
  expect((await api.admin.get(path)).status).toBe(404);
  expect((await api.admin.put(path, {})).status).toBe(404);
});
