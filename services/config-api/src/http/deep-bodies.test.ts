/** A body with fields that are nested too deeply is rejected with their names, and never causes a 500. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import * as fc from 'fast-check';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';

const CREATE = '/api/v1/workflows/workflow_1/actions/webhook';
const EXECUTE = '/api/v1/webhook-executions';
const TEST = '/api/v1/webhooks/test';
const MESSAGE = 'is nested deeper than 128 levels';

let api: IsolatedApi;
let client: Client;
let actionId: string;

beforeAll(async () => {
  api = await isolatedApi();
  ({ client } = await api.account());
  const action = { url: 'https://93.184.216.34/hook', method: 'POST' };
  actionId = (await client.post<SavedWebhookAction>(CREATE, action)).json.id;
});

afterAll(() => api.stop());

/** Nests arrays or objects around a number that is too long for a double. */
function nested(levels: number, braces: boolean): string {
  const [open, close] = braces ? ['{"a":', '}'] : ['[', ']'];
  return open.repeat(levels) + '12345678901234567890' + close.repeat(levels);
}

const withContext = (value: string): string => `{"action_id":"${actionId}","context":{"a":${value}}}`;
const withTemplate = (value: string): string =>
  `{"url":"https://93.184.216.34/hook","method":"POST","payload_template":${value}}`;

const bodies: [name: string, path: string, field: string, body: (value: string) => string][] = [
  ['the context of an execution', EXECUTE, 'context', withContext],
  ['the template of an action', CREATE, 'payload_template', withTemplate],
  ['the template of a test call', TEST, 'payload_template', withTemplate],
  ['a field that does not exist', CREATE, 'nonsense', (value) => `{"nonsense":${value}}`],
];

function expectNoServerError({ status, text }: ApiResponse): void {
  expect({ serverError: status >= 500, text }).toEqual({ serverError: false, text });
}

test.each(bodies)(
  '%s that is nested deeper than 128 levels gets a 422, and never a server error',
  async (...about) => {
    const [, path, field, body] = about;
    const depth = fc.oneof(fc.integer({ min: 129, max: 400 }), fc.integer({ min: 400, max: 400_000 }));
    await fc.assert(
      fc.asyncProperty(depth, fc.boolean(), async (levels, braces) => {
        // Limited, so that the body does not exceed its maximum size.
        const value = nested(braces ? Math.min(levels, 300_000) : levels, braces);
        const answer = await client.post<Problem>(path, body(value));
        expectNoServerError(answer);
        expect(answer.json).toMatchObject({ status: 422, errors: [{ field, message: MESSAGE }] });
      }),
      { numRuns: 12 },
    );
    expect(api.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  },
);

test('a context and a template of 128 levels are accepted', async () => {
  const accepted = await client.post(EXECUTE, withContext(nested(127, true)), { 'idempotency-key': 'deep' });
  expect(accepted.status).toBe(202);
  const saved = await client.post<SavedWebhookAction>(CREATE, withTemplate(nested(128, false)));
  expect(saved.status).toBe(201);
  const path = `/api/v1/workflows/workflow_1/actions/${saved.json.id}/webhook`;
  expect((await client.get<SavedWebhookAction>(path)).status).toBe(200);
});

test('a template given as text with 129 levels gets a 422 too', async () => {
  const answer = await client.post<Problem>(CREATE, withTemplate(JSON.stringify(nested(129, true))));
  expect(answer.json.errors).toMatchObject([
    { field: 'payload_template', message: expect.stringContaining('128') },
  ]);
});

test('a deeply nested body that is not an object is rejected as well', async () => {
  const answer = await client.post<Problem>(EXECUTE, nested(100_000, false));
  expect(answer.json).toMatchObject({ status: 422, detail: `The body ${MESSAGE}` });
});

test('the error lists a bounded number of fields that are nested too deeply', async () => {
  const fields = Array.from({ length: 2_000 }, (_, i) => `"${'x'.repeat(300)}${i}":${nested(129, false)}`);
  const answer = await client.post<Problem>(EXECUTE, `{${fields.join(',')}}`);
  expect(answer.json).toMatchObject({ status: 422 });
  expect(answer.json.errors).toHaveLength(100);
});
