import { createHooklineClient, type HooklineClient, idempotent } from '@hookline/client';
import type { components } from '@hookline/client/schema';
import { DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { request as httpRequest } from 'undici';

export interface ApiAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Parsed JSON; an empty object for an empty body. */
  body: Record<string, unknown>;
}

/** A client of the REST API with one key. */
export interface ApiClient {
  send: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<ApiAnswer>;
}

/** A client that can wait until the API shows the effect of an event. */
export interface PatientClient extends ApiClient {
  /**
   * Returns the content that the API shows at a path, once it exists and satisfies `holds`.
   * @throws Error after 90 s, with the last response
   */
  shown: (path: string, holds: (body: ApiAnswer['body']) => boolean) => Promise<ApiAnswer['body']>;
}

/** A customer's account with its own key. */
export interface Account extends PatientClient {
  id: string;
  key: string;
  /** The published client (`@hookline/client`), with the same key. */
  client: HooklineClient;
  /** Creates a webhook action in workflow `workflow_1` and returns its id. @throws Error if the API rejects it */
  createAction(definition: Record<string, unknown>): Promise<string>;
  /** Returns the execution as the API shows it, once it has this status. */
  execution(executionId: string, status: string): Promise<Record<string, unknown>>;
}

/** A client with the admin key. */
export interface Api extends PatientClient {
  /** The published client (`@hookline/client`), with the same key. */
  client: HooklineClient;
  /** Creates an account and a key for it. */
  account(): Promise<Account>;
}

const POLL_MS = 25;

/**
 * @param published resolves when an action's definition is on its topic; the dispatcher might defer earlier requests,
 *   because it does not know their action yet
 */
export function createApi(
  url: string,
  adminKey: string,
  published: (actionId: string) => Promise<void>,
): Api {
  const admin = client(url, adminKey);
  return {
    ...patient(admin),
    client: createHooklineClient({ baseUrl: url, apiKey: adminKey }),
    account: async () => {
      const created = await expectStatus(201, admin.send('POST', '/api/v1/accounts', { name: 'Story' }));
      const id = String(created.body['id']);
      const scopes = ['read', 'read:bodies', 'write', 'execute', 'admin'];
      const key = await expectStatus(
        201,
        admin.send('POST', '/api/v1/api-keys', { account_id: id, name: 'story', scopes }),
      );
      return account({ id, key: String(key.body['key']), url }, published);
    },
  };
}

function patient({ send }: ApiClient): PatientClient {
  const shown: PatientClient['shown'] = async (path, holds) => {
    const deadline = Date.now() + DEFAULT_DEADLINE_MS;
    for (;;) {
      // History and endpoint states appear a moment after an event, without a signal, so this polls.
      const { status, body } = await send('GET', path);
      if (status === 200 && holds(body)) return body;
      if (Date.now() > deadline) {
        throw new Error(`${path} never showed the expected content: ${status} ${JSON.stringify(body)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };
  return { send, shown };
}

function account(
  { id, key, url }: { id: string; key: string; url: string },
  published: (actionId: string) => Promise<void>,
): Account {
  const { send, shown } = patient(client(url, key));
  const hookline = createHooklineClient({ baseUrl: url, apiKey: key });
  return {
    id,
    key,
    client: hookline,
    send,
    createAction: async (definition) => {
      const { data } = await hookline.POST('/api/v1/workflows/{workflow_id}/actions/webhook', {
        params: { path: { workflow_id: 'workflow_1' }, ...idempotent() },
        body: definition as components['schemas']['CreateWebhookAction'],
      });
      await published(data.id);
      return data.id;
    },
    shown,
    execution: (executionId, status) =>
      shown(`/api/v1/webhook-executions/${executionId}`, (body) => body['status'] === status),
  };
}

function client(url: string, key: string): ApiClient {
  return {
    send: async (method, path, body, headers = {}) => {
      const answer = await httpRequest(url + path, {
        method: method as 'GET',
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      const parsed = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      return { status: answer.statusCode, headers: answer.headers, body: parsed };
    },
  };
}

async function expectStatus(status: number, sent: Promise<ApiAnswer>): Promise<ApiAnswer> {
  const answer = await sent;
  if (answer.status !== status) {
    throw new Error(`expected ${status}, got ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return answer;
}
