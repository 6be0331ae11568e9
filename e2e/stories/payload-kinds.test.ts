import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import { shareStory, type Story } from '../support/story.ts';

/** Bodies of every kind (ADR 9), from the REST configuration to the bytes at the receiver. */
let story: Story;

beforeAll(async () => {
  story = await shareStory();
});

afterAll(() => story.stop());

const CONTEXT = {
  contact: {
    id: 9_007_199_254_740_991,
    name: `Zoë "Z" O'Neil & <b>`,
    note: 'one\r\ntwo',
    tags: ['a', 'b'],
    vip: true,
    control: 'a\u0001',
    long: 'é'.repeat(400_000),
  },
};

/** Configures a webhook, requests it and waits for its outcome. */
async function deliver(definition: Record<string, unknown>) {
  const { account, hookline, receiver } = story;
  const actionId = await account.createAction({ method: 'POST', url: `${receiver.url}/in`, ...definition });
  const { executionId } = await hookline.engine.request({
    accountId: account.id,
    actionId,
    context: JSON.stringify(CONTEXT),
  });
  const completed = await hookline.outcome({ executionId });
  const received = receiver.seen.find((one) => one.header('webhook-id') === executionId);
  const stored = await account.execution(executionId, completed.status);
  const [attempt] = stored['attempts'] as { request: { body: string | null } | null }[];
  return { completed, received, attempt };
}

const bodyAndType = (received: ReceivedRequest | undefined) => [
  received?.body.toString(),
  received?.header('content-type'),
];

describe('a payload', () => {
  it.each([
    [
      'json',
      { n: '{{contact.name}}' },
      'application/json',
      String.raw`{"n":"Zoë \"Z\" O'Neil \u0026 \u003cb\u003e"}`,
    ],
    [
      'json',
      '{"id":{{contact.id}},"vip":{{contact.vip}},"tags":{{contact.tags}},"none":{{contact.none}}}',
      'application/json',
      '{"id":9007199254740991,"vip":true,"tags":["a","b"],"none":null}',
    ],
    [
      'form',
      { name: '{{contact.name}}', note: '{{contact.note}}', tag: ['x', '{{contact.tags.1}}'], n: 1 },
      'application/x-www-form-urlencoded',
      'name=Zo%C3%AB+%22Z%22+O%27Neil+%26+%3Cb%3E&note=one%0D%0Atwo&tag=x&tag=b&n=1',
    ],
    ['form', 'vip={{contact.vip}}&x={{contact.none}}', 'application/x-www-form-urlencoded', 'vip=true&x='],
    [
      'text',
      'Hi {{contact.name}}: {{contact.note}}',
      'text/plain; charset=utf-8',
      `Hi Zoë "Z" O'Neil & <b>: one\r\ntwo`,
    ],
    [
      'html',
      '<p title="{{contact.name}}">{{contact.name}}</p>',
      'text/html; charset=utf-8',
      '<p title="Zoë &quot;Z&quot; O&#39;Neil &amp; &lt;b&gt;">Zoë &quot;Z&quot; O&#39;Neil &amp; &lt;b&gt;</p>',
    ],
    [
      'xml',
      '<?xml version="1.0"?><n a="{{contact.note}}">{{contact.name}}</n>',
      'application/xml; charset=utf-8',
      '<?xml version="1.0"?><n a="one&#13;&#10;two">Zoë &quot;Z&quot; O&apos;Neil &amp; &lt;b&gt;</n>',
    ],
  ])('of kind %s from %j arrives as %s: %s', async (content_kind, payload_template, type, body) => {
    const { completed, received, attempt } = await deliver({ content_kind, payload_template });

    expect(completed.status).toBe('success');
    expect(bodyAndType(received)).toEqual([body, type]);
    expect(received?.header('content-length')).toBe(String(Buffer.byteLength(body)));
    expect(attempt?.request).toMatchObject({ body });
  });

  it('of kind none is sent as a request without a body or a Content-Type', async () => {
    const { completed, received } = await deliver({ content_kind: 'none' });
    expect(completed.status).toBe('success');
    expect(bodyAndType(received)).toEqual(['', undefined]);
    expect(received?.header('content-length')).toBe('0');
  });

  it('has the Content-Type that the headers configure', async () => {
    const headers = { 'Content-Type': 'text/xml' };
    const { received } = await deliver({ content_kind: 'xml', payload_template: '<n/>', headers });
    expect(bodyAndType(received)).toEqual(['<n/>', 'text/xml']);
  });

  it('R-002: is sent with DELETE, and never with GET', async () => {
    const text = { content_kind: 'text', payload_template: 'gone' };
    const deleted = await deliver({ ...text, method: 'DELETE' });
    expect(bodyAndType(deleted.received)).toEqual(['gone', 'text/plain; charset=utf-8']);
    const got = await deliver({ ...text, method: 'GET' });
    expect(bodyAndType(got.received)).toEqual(['', undefined]);
    expect(got.received?.header('content-length')).toBeUndefined();
  });

  it.each([
    ['xml', '<n>{{contact.control}}</n>', 'render_error', /payload_template: illegal XML character U\+0001$/],
    ['form', { a: '{{contact.long}}' }, 'payload_too_large', /^Webhook payload exceeds 1 MiB$/],
  ])(
    'of kind %s that cannot be sent ends the execution without a call: %j',
    async (kind, template, errorType, message) => {
      const { completed, received } = await deliver({ content_kind: kind, payload_template: template });
      expect(completed).toMatchObject({ status: 'error', errorType, attempts: 1 });
      expect(completed.errorMessage).toMatch(message);
      expect(received).toBeUndefined();
    },
  );
});
