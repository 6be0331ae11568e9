import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Account } from '../support/api.ts';
import { type BodyIgnoringEndpoint, startBodyIgnoringEndpoint } from '../support/body-ignoring-endpoint.ts';
import { type Hookline, startHookline } from '../support/hookline.ts';

/**
 * Two accounts call one endpoint. The endpoint ignores the bodies of some requests, so an attacker who chooses a body
 * can have it parsed as another request on the same connection.
 */

const TEST = '/api/v1/webhooks/test';
/**
 * A body that is parsed as a separate request, whose response would be read as the response to the next request on the
 * connection.
 */
const SMUGGLED_GET = 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n';
/** A body that is parsed as a request whose own body is the next 120 bytes on the connection. */
const SMUGGLED_STORE = 'POST /store HTTP/1.1\r\nHost: x\r\nContent-Length: 120\r\n\r\n';

let endpoint: BodyIgnoringEndpoint;
let hookline: Hookline;
let attacker: Account;
let victim: Account;

beforeAll(async () => {
  endpoint = await startBodyIgnoringEndpoint();
  hookline = await startHookline({ allowedDestinations: [endpoint.address] });
  [attacker, victim] = [await hookline.api.account(), await hookline.api.account()];
});

afterAll(async () => {
  await hookline?.stop();
  await endpoint?.[Symbol.asyncDispose]();
});

function smuggling(body: string): Record<string, unknown> {
  const url = `${endpoint.url}/ignores-bodies`;
  return { url, method: 'POST', content_kind: 'text', payload_template: body };
}

function honest(target: string): Record<string, unknown> {
  const auth = { auth_type: 'bearer', auth_config: { token: 'victim-secret-token' } };
  return { url: endpoint.url + target, method: 'POST', payload_template: { a: 1 }, ...auth };
}

/** Publishes a request for an action and returns the endpoint's response from the completed event. */
async function answerOf({ id: accountId }: Account, actionId: string): Promise<string | null> {
  const { executionId } = await hookline.engine.request({ accountId, actionId });
  const { status, responseBody } = await hookline.outcome({ executionId });
  expect(status).toBe('success');
  return responseBody;
}

async function testAnswerOf(account: Account, definition: Record<string, unknown>): Promise<unknown> {
  const { status, body } = await account.send('POST', TEST, definition);
  expect(status).toBe(200);
  return (body['response'] as { body: string }).body;
}

describe('A-047 two accounts on one endpoint that ignores bodies', () => {
  it('A-047 each receive their own responses', async () => {
    const smuggler = await attacker.createAction(smuggling(SMUGGLED_GET));
    const own = await victim.createAction(honest('/of-the-victim'));
    expect(await answerOf(attacker, smuggler)).toBe('answer to /ignores-bodies');
    expect(await answerOf(victim, own)).toBe('answer to /of-the-victim');
  });

  it("A-047 cannot capture each other's requests as the body of a smuggled request", async () => {
    const smuggler = await attacker.createAction(smuggling(SMUGGLED_STORE));
    const own = await victim.createAction(honest('/with-a-token'));
    await answerOf(attacker, smuggler);
    expect(await answerOf(victim, own)).toBe('answer to /with-a-token');
    const stored = endpoint.requests.filter(({ target }) => target === '/store');
    expect(stored.map(({ body }) => body)).toEqual([]);
  });

  it('A-047 also receive their own responses in test calls', async () => {
    const smuggled = await testAnswerOf(attacker, smuggling(SMUGGLED_GET));
    expect(smuggled).toBe('answer to /ignores-bodies');
    expect(await testAnswerOf(victim, honest('/tested'))).toBe('answer to /tested');
  });
});
