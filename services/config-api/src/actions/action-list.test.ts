import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction, WebhookActionList } from '@hookline/shared/contracts/rest/webhook-actions';
import { forgedCursor } from '../testing/forged-cursor.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';
const URL = 'https://93.184.216.34/hook';

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

async function create(client: Client, input: object = {}): Promise<SavedWebhookAction> {
  const body = { url: URL, method: 'POST', ...input };
  const { status, json } = await client.post<SavedWebhookAction>(`${WORKFLOW}/webhook`, body);
  expect(status).toBe(201);
  return json;
}

/** Reads all pages of the list; fails if the list does not end. */
async function walk(client: Client, limit: number): Promise<WebhookActionList[]> {
  const pages: WebhookActionList[] = [];
  for (let cursor: string | null | undefined = ''; typeof cursor === 'string';) {
    expect(pages.length).toBeLessThan(20);
    const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, json } = await client.get<WebhookActionList>(`${WORKFLOW}?limit=${limit}${next}`);
    expect(status).toBe(200);
    pages.push(json);
    cursor = json.next_cursor;
  }
  return pages;
}

test('the list shows each action once, page by page, oldest first', async () => {
  const { client } = await api.account();
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) ids.push((await create(client)).id);
  const pages = await walk(client, 3);
  expect(pages.map(({ data }) => data.length)).toEqual([3, 3, 1]);
  expect(pages.flatMap(({ data }) => data.map(({ id }) => id))).toEqual(ids);
});

test('of several actions created at the same time, each is on exactly one page', async () => {
  const { client } = await api.account();
  const made = await Promise.all(Array.from({ length: 10 }, () => create(client)));
  const listed = (await walk(client, 2)).flatMap(({ data }) => data.map(({ id }) => id));
  expect(listed.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
});

test('a page has 50 rows by default, and its size does not grow with the templates of the account', async () => {
  const { client } = await api.account();
  const payload_template = { text: 'x'.repeat(10_000) };
  for (let i = 0; i < 51; i++) await create(client, { payload_template });
  const { json, text } = await client.get<WebhookActionList>(WORKFLOW);
  expect(json.data).toHaveLength(50);
  expect(json.next_cursor).toEqual(expect.any(String));
  expect(text.length).toBeLessThan(100_000);
});

test('a row shows the action without the fields that may be large', async () => {
  const { client } = await api.account();
  const created = await create(client, {
    headers: { 'X-Header': 'value' },
    payload_template: { text: 'template' },
    response_mapping: { 'workflow.id': '$.id' },
    auth_type: 'api_key',
    auth_config: { header_name: 'X-Key', api_key: 'secret-key' },
    signing_enabled: true,
    timeout_seconds: 7,
    endpoint_rate_limit: 2.5,
    ssl_verify: false,
  });
  const { headers, payload_template, response_mapping, warnings, signing_secret, ...shown } = created;
  expect({ headers, payload_template, response_mapping, warnings, signing_secret }).toEqual({
    headers: { 'X-Header': 'value' },
    payload_template: { text: 'template' },
    response_mapping: { 'workflow.id': '$.id' },
    warnings: [expect.stringContaining('ssl_verify')],
    signing_secret: expect.any(String),
  });
  const { json } = await client.get<WebhookActionList>(WORKFLOW);
  expect(json).toEqual({ data: [shown], next_cursor: null });
});

test.each([
  ['a text that is not a cursor', 'abc'],
  ['an id that is not a UUID', JSON.stringify([1, "x' OR true"])],
  ['a time beyond the range of Date', JSON.stringify([1e300, 'x'])],
])('%s as the cursor is rejected with a 400 that names the field', async (_case, position) => {
  const { client } = await api.account();
  const input = { url: 'https://1.1.1.1/', method: 'POST' };
  for (let i = 0; i < 2; i++) await client.post(`${WORKFLOW}/webhook`, input);
  const { next_cursor } = (await client.get<WebhookActionList>(`${WORKFLOW}?limit=1`)).json;
  const cursor = forgedCursor(next_cursor, position);
  const { status, json } = await client.get<Problem>(`${WORKFLOW}?cursor=${cursor}`);
  expect({ status, fields: json.errors?.map(({ field }) => field) }).toEqual({
    status: 400,
    fields: ['cursor'],
  });
});

test('a limit out of range is rejected with 400', async () => {
  const { client } = await api.account();
  expect((await client.get(`${WORKFLOW}?limit=101`)).status).toBe(400);
  expect((await client.get(`${WORKFLOW}?limit=0`)).status).toBe(400);
});
