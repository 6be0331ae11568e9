import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import { inputOf } from '../model/form-input.ts';
import { emptyState } from '../model/form-state.ts';
import { createFormClient } from './create-form-client.ts';

const ACTION = '/api/v1/workflows/wf%2F1/actions/a1/webhook';
const INPUT = inputOf({ ...emptyState(), url: 'https://a.example/' });

let server: Receiver;

beforeAll(async () => {
  server = await startReceiver();
});

afterAll(() => server.stop());

function client(actionId: string | null) {
  return createFormClient({
    apiBase: `${server.url}/`,
    workflowId: 'wf/1',
    actionId,
    headers: () => ({ 'x-hookline-csrf': 'token' }),
    fetch: (url, init) => fetch(url, init),
  });
}

const json = (body: object, etag?: string) => ({
  headers: { 'content-type': 'application/json', ...(etag !== undefined && { etag }) },
  body: JSON.stringify(body),
});

/** Returns a function that lists the requests since `watch` was called: method, target and precondition of each. */
function watch() {
  const before = server.seen.length;
  return () =>
    server.seen
      .slice(before)
      .map((request) => [request.method, request.url, request.header('if-match') ?? null]);
}

describe('the client', () => {
  it('creates, saves, tests, compares and publishes a draft', async () => {
    server.script('/api/v1/workflows/wf%2F1/drafts', json({ id: 'a1', signing_secret: 'whsec_new' }, '"d1"'));
    server.script(`${ACTION}/draft`, json({ id: 'a1' }, '"d2"'));
    server.script('/api/v1/webhooks/test', json({ success: true }));
    server.script(`${ACTION}/preview`, json({ data: [], warnings: [] }));
    server.script(`${ACTION}/publish`, json({ id: 'a1', version: 1 }));
    const requests = watch();
    const one = client(null);
    expect(await one.saveDraft(INPUT)).toEqual({ webhook: { id: 'a1' }, signingSecret: 'whsec_new' });
    expect(await one.saveDraft(INPUT)).toEqual({ webhook: { id: 'a1' } });
    expect(await one.test()).toEqual({ success: true });
    expect(await one.preview()).toEqual({ data: [], warnings: [] });
    expect((await one.publish()).webhook).toMatchObject({ version: 1 });
    // Publishing turned the draft into the published version.
    server.script(`${ACTION}/draft`, ({ method }) =>
      method === 'GET' ? { status: 404 } : json({ id: 'a1' }),
    );
    await one.saveDraft(INPUT);
    expect(requests()).toEqual([
      ['POST', '/api/v1/workflows/wf%2F1/drafts', null],
      ['PUT', `${ACTION}/draft`, '"d1"'],
      ['POST', '/api/v1/webhooks/test', null],
      ['POST', `${ACTION}/preview`, null],
      ['POST', `${ACTION}/publish`, '"d2"'],
      ['GET', `${ACTION}/draft`, null],
      ['PUT', `${ACTION}/draft`, null],
    ]);
    const last = server.seen.at(-1);
    expect(last?.header('x-hookline-csrf')).toBe('token');
    expect(JSON.parse(last?.body.toString() ?? '')).toEqual(JSON.parse(JSON.stringify(INPUT)));
  });

  it('reads the draft, and sends its ETag with the first change', async () => {
    server.script(`${ACTION}/draft`, json({ id: 'a1', url: 'https://draft.example/' }, '"d7"'));
    const one = client('a1');
    const requests = watch();
    expect(await one.load?.()).toMatchObject({ url: 'https://draft.example/' });
    await one.saveDraft(INPUT);
    expect(requests()).toEqual([
      ['GET', `${ACTION}/draft`, null],
      ['PUT', `${ACTION}/draft`, '"d7"'],
    ]);
  });

  it('reads the published webhook if there is no draft, and reports a draft created since then', async () => {
    server.script(`${ACTION}/draft`, { status: 404, ...json({ detail: 'There is none' }) });
    server.script(ACTION, json({ id: 'a1', version: 3 }));
    const one = client('a1');
    expect(await one.load?.()).toMatchObject({ version: 3 });
    server.script(`${ACTION}/draft`, json({ id: 'a1' }, '"d1"'));
    const requests = watch();
    await expect(one.saveDraft(INPUT)).rejects.toMatchObject({ isConflict: true });
    expect(requests().map(([method]) => method)).toEqual(['GET']);
    await one.saveDraft(INPUT, { overwrite: true });
    await one.saveDraft(INPUT);
    expect(requests().slice(1)).toEqual([
      ['PUT', `${ACTION}/draft`, null],
      ['PUT', `${ACTION}/draft`, '"d1"'],
    ]);
  });

  it('returns null if there is no such webhook yet', async () => {
    server.script(`${ACTION}/draft`, { status: 404 });
    server.script(ACTION, { status: 404 });
    expect(await client('a1').load?.()).toBeNull();
    server.script(ACTION, { status: 403, ...json({ detail: 'The key may not read' }) });
    await expect(client('a1').load?.()).rejects.toThrow('The key may not read');
  });

  it('reports a conflict if someone else has changed the draft', async () => {
    server.script(`${ACTION}/draft`, { status: 412, ...json({ detail: 'It was changed' }) });
    await expect(client('a1').saveDraft(INPUT)).rejects.toMatchObject({ isConflict: true, fields: [] });
  });

  it('sends the sample of the preview with a test call', async () => {
    server.script('/api/v1/webhooks/test', json({ success: true }));
    await client('a1').test({ contact: { email: 'a@b.example' } });
    expect(JSON.parse(server.seen.at(-1)?.body.toString() ?? '')).toEqual({
      action_id: 'a1',
      workflow_id: 'wf/1',
      draft: true,
      sample_data: { contact: { email: 'a@b.example' } },
    });
  });

  it('reports the fields that the server refuses', async () => {
    const problem = {
      detail: '1 field is invalid',
      errors: [{ field: 'url', message: 'destination is not allowed' }],
    };
    server.script(`${ACTION}/draft`, { status: 422, ...json(problem) });
    await expect(client('a1').saveDraft(INPUT)).rejects.toMatchObject({
      name: 'WebhookFormError',
      message: '1 field is invalid',
      fields: problem.errors,
    });
  });

  it('reports the status of a response that is not a problem document, as from a proxy', async () => {
    server.script(`${ACTION}/publish`, { status: 502, body: '<h1>Bad gateway</h1>' });
    await expect(client('a1').publish()).rejects.toMatchObject({
      message: 'The server responded with status 502.',
      fields: [],
    });
  });
});
