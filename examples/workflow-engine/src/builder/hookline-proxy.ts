import type { IncomingMessage } from 'node:http';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Answer, refused } from '../http/answer.ts';
import { readBodyWithin } from '../http/read-body.ts';

interface ProxyOptions {
  /** Origin of Hookline's API. */
  apiUrl: string;
  /** Key with the scopes read, read:bodies, write and execute; it never leaves this server. */
  apiKey: string;
  /** The only workflow whose webhooks are accessible. */
  workflowId: string;
}

/** Twice the maximum size of the templates of a definition, which is 1 MiB. */
const MAX_BODY_BYTES = 2 * 1_048_576;
/** Twice the maximum timeout of a test call, which is 30 s. */
const TIMEOUT_MS = 60_000;
/**
 * Body of the form's request to test a stored webhook. Further fields pass this check, but the API refuses a definition
 * together with an id.
 */
const TEST = Type.Object({
  action_id: Type.String({ minLength: 1, maxLength: 200 }),
  workflow_id: Type.String(),
  draft: Type.Boolean(),
});
const PASSED_ON = ['etag', 'retry-after'];

/** Permitted requests about a webhook: method and path after `/workflows/{id}/actions/{name}/webhook`. */
const OF_WEBHOOK = new Set(['GET ', 'GET /draft', 'PUT /draft', 'POST /preview', 'POST /publish']);
const NAME = /^\/api\/v1\/workflows\/([^/]+)\/actions\/[A-Za-z0-9_-]{1,64}\/webhook(\/\w+)?$/;
const TEST_PATH = '/api/v1/webhooks/test';

/**
 * Forwards the webhook form's requests to Hookline with this server's key, but only those for one workflow.
 * @param path without the prefix of the proxy
 */
export async function passOn(
  { apiUrl, apiKey, workflowId }: ProxyOptions,
  request: IncomingMessage,
  path: string,
): Promise<Answer> {
  const { method = '' } = request;
  const isTest = method === 'POST' && path === TEST_PATH;
  const [, workflow, rest = ''] = NAME.exec(path) ?? [];
  const isOfWebhook = workflow === workflowId && OF_WEBHOOK.has(`${method} ${rest}`);
  if (!isTest && !isOfWebhook)
    return refused('this proxy forwards only the requests that the webhook form makes', 404);
  const received = method === 'GET' ? null : await readBodyWithin(request, MAX_BODY_BYTES);
  const body = isTest ? checkedTest(workflowId, received) : received;
  if (isTest && body === null) return refused('only stored webhooks of the workflow can be tested');
  const response = await globalThis.fetch(apiUrl + path, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body?.length && { 'content-type': 'application/json' }),
      ...only(request.headers['if-match']),
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'error',
    ...(body?.length && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
  const kept = PASSED_ON.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    status: response.status,
    headers: {
      ...Object.fromEntries(kept),
      'content-type': response.headers.get('content-type') ?? 'application/json',
    },
    content: Buffer.from(await response.arrayBuffer()),
  };
}

/**
 * Checks the body of a test and serialises it again, because Hookline might read the received bytes differently, for
 * example if a key occurs twice.
 * @returns null for a test of anything other than a stored webhook of the workflow
 * @throws SyntaxError
 */
function checkedTest(workflowId: string, body: Buffer | null): string | null {
  const test: unknown = JSON.parse(body?.toString() ?? '');
  return Value.Check(TEST, test) && test.workflow_id === workflowId ? JSON.stringify(test) : null;
}

function only(ifMatch: string | undefined): { 'if-match'?: string } {
  return ifMatch === undefined ? {} : { 'if-match': ifMatch };
}
