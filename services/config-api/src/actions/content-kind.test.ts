import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import { CONTENT_KINDS, type SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';
const CREATE = `${WORKFLOW}/webhook`;
/** Public address, which is accepted without a DNS lookup. */
const POST = { url: 'https://93.184.216.34/hook', method: 'POST' };

let api: IsolatedApi;
let probe: TopicProbe;
let client: Client;

beforeAll(async () => {
  api = await isolatedApi();
  probe = await api.probe();
  ({ client } = await api.account());
});

afterAll(() => api.stop());

const create = (input: object) => client.post<SavedWebhookAction>(CREATE, input);
const refuse = (input: object) => client.post<Problem>(CREATE, input);

describe('content_kind', () => {
  test.each([
    ['json', { id: '{{contact.id}}' }, '{"id":"{{contact.id}}"}'],
    ['json', '{"id":{{contact.id}}}', '{"id":{{contact.id}}}'],
    ['form', { id: '{{contact.id}}', tags: ['a', 1] }, '{"id":"{{contact.id}}","tags":["a",1]}'],
    ['form', 'id={{contact.id}}&a=%20', 'id={{contact.id}}&a=%20'],
    ['text', '{"plain": "text"}', '{"plain": "text"}'],
    ['text', '', ''],
    ['html', '<p title="{{contact.id}}">Hi</p>', '<p title="{{contact.id}}">Hi</p>'],
    ['xml', '<n>{{contact.id}}</n>', '<n>{{contact.id}}</n>'],
    ['none', null, null],
  ] as const)(
    '%s with the template %j is returned unchanged, and published',
    async (kind, template, text) => {
      const input = { ...POST, content_kind: kind, payload_template: template };
      const created = await create(input);
      expect(created.status).toBe(201);
      const shown = { content_kind: kind, payload_template: template };
      expect(created.json).toMatchObject(shown);
      const { id } = created.json;
      expect((await client.get(`${WORKFLOW}/${id}/webhook`)).json).toMatchObject(shown);
      const published = await probe.next('WebhookDefinition', ({ actionId }) => actionId === id);
      expect(published).toMatchObject({ contentKind: kind, payloadTemplate: text });
    },
  );

  test('defaults to json, even in a PUT', async () => {
    const created = await create({ ...POST, content_kind: 'text', payload_template: 'hi' });
    const replaced = await client.put(`${WORKFLOW}/${created.json.id}/webhook`, POST);
    expect(replaced.json).toMatchObject({ content_kind: 'json', payload_template: null });
  });

  test.each([
    ['json', /not valid JSON/, 'hello'],
    ['form', /^must be an object or a string when content_kind is form$/, [1]],
    ['form', /^the form field "a" must be/, { a: { b: 1 } }],
    ['form', /not allowed in form names/, '{{contact.id}}=1'],
    ['text', /^must be a string when content_kind is text$/, { a: 1 }],
    ['text', /unclosed/, 'Hi {{contact.'],
    ['text', /U\+0000/, 'a\0b'],
    ['html', /not allowed within <script>/, '<script>{{contact.id}}</script>'],
    ['xml', /^must be a string when content_kind is xml$/, 1],
    ['xml', /illegal XML character/, '<n>\u0001</n>'],
    ['none', /none has no template/, 'x'],
    ['text', /^is larger than 1 MiB$/, 'x'.repeat(1_048_577)],
  ])(
    '%s rejects a template with the error %p, whatever the method',
    async (content_kind, message, payload_template) => {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await refuse({ ...POST, method, content_kind, payload_template });
        expect(answer.status).toBe(422);
        expect(answer.json.errors).toEqual([
          { field: 'payload_template', message: expect.stringMatching(message) },
        ]);
      }
    },
  );

  test('is the only field with an error if its value is unknown, because the template cannot be checked then', async () => {
    const answer = await refuse({ ...POST, content_kind: 'csv', payload_template: 'a,b' });
    expect(answer.status).toBe(422);
    expect(answer.json.errors).toEqual([
      { field: 'content_kind', message: `must be one of ${CONTENT_KINDS.join(', ')}` },
    ]);
  });

  test('is documented in OpenAPI with its values and its default', async () => {
    const { json } = await api.as(null).get('/openapi.json');
    const documented = { enum: [...CONTENT_KINDS], default: 'json' };
    const schema = { $ref: '#/components/schemas/CreateWebhookAction' };
    const post = { requestBody: { content: { 'application/json': { schema } } } };
    expect(json).toMatchObject({
      paths: { '/api/v1/workflows/{workflow_id}/actions/webhook': { post } },
      components: { schemas: { CreateWebhookAction: { properties: { content_kind: documented } } } },
    });
  });
});
