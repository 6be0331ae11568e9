import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import { createLogger } from '@hookline/shared/runtime/logger';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import { createBuilderRoutes } from './builder/builder-routes.ts';
import { createHttpApi } from './http-api.ts';

/** Receiver in place of Hookline's API, to which the server of the engine sends its requests. */
let hookline: Receiver;
let api: Component;
let url: string;
/** Changes that the server has made. */
let done: string[];

beforeAll(async () => {
  hookline = await startReceiver({ '*': { body: { id: 'action_1' } } });
  const logger = createLogger('test', 'info', {
    write: (line) => {
      const { port } = JSON.parse(line) as { port?: number };
      if (port !== undefined) url = `http://127.0.0.1:${port}`;
    },
  });
  const engine = {
    begin: async ({ contactId }: { contactId: string }) => {
      done.push(`began a run for ${contactId}`);
      return RUN_ID;
    },
    cancel: async () => {
      done.push('cancelled a run');
      return true;
    },
  };
  const contacts = {
    put: async (id: string) => void done.push(`stored ${id}`),
    find: async (id: string) => (id === 'nobody' ? null : { id, fields: {}, revision: 1 }),
  };
  const runs = { find: async () => null };
  const builder = createBuilderRoutes(
    { engine, contacts, runs },
    { apiUrl: hookline.url, apiKey: 'key_1', accountId: 'account_1', consoleUrl: '', formDir: '' },
  );
  api = createHttpApi({ engine, contacts, runs, builder, logger }, { host: '127.0.0.1', port: 0 });
  await api.start();
});

afterAll(async () => {
  await api.stop();
  await hookline.stop();
});

beforeEach(() => {
  done = [];
});

const WEBHOOK = '/hookline/api/v1/workflows/welcome/actions/welcome-notify/webhook';
const TEST = '/hookline/api/v1/webhooks/test';
const JSON_BODY = { 'content-type': 'application/json' };
const RUN_ID = '6fd89e7b-c294-4e15-b442-fdb2163bbe3a';
const RUN = { account_id: 'account_1', contact_id: 'jane', workflow: { id: 'welcome', steps: [] } };

interface Sent {
  method: string;
  path: string;
  body?: string;
}

/** All requests that change something. */
const CHANGES: Sent[] = [
  { method: 'PUT', path: '/contacts/jane', body: '{}' },
  { method: 'POST', path: '/runs', body: JSON.stringify(RUN) },
  { method: 'POST', path: `/runs/${RUN_ID}/cancel` },
  { method: 'POST', path: '/builder/runs', body: '{"contact_id":"jane"}' },
  { method: 'PUT', path: `${WEBHOOK}/draft`, body: '{}' },
  { method: 'POST', path: `${WEBHOOK}/publish` },
  { method: 'POST', path: TEST, body: '{"action_id":"a","workflow_id":"welcome","draft":true}' },
];

/**
 * Sends a request and returns the status and body of the response, and the number of its effects on the engine and on
 * Hookline.
 */
async function send({ method, path, body }: Sent, headers: Record<string, string> = {}) {
  const before = hookline.seen.length;
  const answer = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) });
  const json = (await answer.json()) as { error?: string };
  return { status: answer.status, json, effects: done.length + hookline.seen.length - before };
}

describe.each(CHANGES)('$method $path', (change) => {
  const headers = change.body === undefined ? {} : JSON_BODY;

  it.each([
    ['another origin', { origin: 'http://evil.example' }],
    ['another port of the same host', { origin: 'http://127.0.0.1:1' }],
    ['a page without its own origin', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another host of the same site', { 'sec-fetch-site': 'same-site' }],
  ])('is refused from %s', async (_name, from: Record<string, string>) => {
    const { status, json, effects } = await send(change, { ...headers, ...from });
    expect({ status, json, effects }).toEqual({
      status: 403,
      json: { error: 'only pages of this server may send this request' },
      effects: 0,
    });
  });

  it('is accepted from a page of this server and from a program', async () => {
    const own = await send(change, { ...headers, origin: url, 'sec-fetch-site': 'same-origin' });
    expect(own.status).toBeLessThan(300);
    expect(own.effects).toBeGreaterThan(0);
    expect((await send(change, headers)).status).toBe(own.status);
  });
});

it.each(CHANGES.filter(({ body }) => body !== undefined))(
  'the body of $method $path must be sent as JSON, because pages of any site can send text',
  async (change) => {
    for (const type of ['text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', 'application/jsonp'])
      expect(await send(change, { 'content-type': type })).toEqual({
        status: 415,
        json: { error: 'send the body with the header content-type: application/json' },
        effects: 0,
      });
    const { status } = await send(change, { 'content-type': 'Application/JSON; charset=utf-8' });
    expect(status).toBeLessThan(300);
  },
);

it('pages may be opened from a link on another site', async () => {
  const { status } = await fetch(`${url}/builder`, { headers: { 'sec-fetch-site': 'cross-site' } });
  expect(status).toBe(200);
});

it('a test call is forwarded as the proxy parsed it, even if the body names the workflow twice', async () => {
  const body = '{"action_id":"a","workflow_id":"other","workflow_id":"welcome","draft":true,"data":{"b":1}}';
  expect((await send({ method: 'POST', path: TEST, body }, JSON_BODY)).status).toBe(200);
  expect(hookline.seen.at(-1)?.body.toString()).toBe(
    '{"action_id":"a","workflow_id":"welcome","draft":true,"data":{"b":1}}',
  );
});

it('the proxy explains why it does not forward a request', async () => {
  expect(await send({ method: 'POST', path: '/hookline/api/v1/api-keys', body: '{}' }, JSON_BODY)).toEqual({
    status: 404,
    json: { error: 'this proxy forwards only the requests that the webhook form makes' },
    effects: 0,
  });
});

it.each([
  ['/runs', { ...RUN, contact_id: 'nobody' }],
  ['/builder/runs', { contact_id: 'nobody' }],
])('%s does not begin a run for an unknown contact', async (path, body) => {
  const { status, json } = await send({ method: 'POST', path, body: JSON.stringify(body) }, JSON_BODY);
  expect({ status, json }).toEqual({ status: 400, json: { error: 'there is no contact nobody' } });
  expect(done).toEqual([]);
});
