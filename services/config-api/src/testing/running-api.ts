import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Account } from '@hookline/shared/contracts/rest/accounts';
import { type CreatedApiKey, SCOPES } from '@hookline/shared/contracts/rest/api-keys';
import { createLogger } from '@hookline/shared/runtime/logger';
import { compose } from '../compose.ts';
import { readConfig } from '../config.ts';

/** Stores from the testkit, and settings of the service. */
interface ApiEnvironment {
  databaseUrl: string;
  topics: { brokers: string[]; prefix: string; partitions: number };
  env?: Record<string, string>;
}

/** @typeParam T expected type of the body, which the test checks with assertions */
export interface ApiResponse<T = unknown> {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** The body as received. */
  text: string;
  /** The parsed body; an empty object if the body is not JSON. */
  json: T;
}

export interface Client {
  get<T>(path: string, headers?: Record<string, string>): Promise<ApiResponse<T>>;
  delete(path: string, headers?: Record<string, string>): Promise<ApiResponse>;
  post<T>(path: string, body: unknown, headers?: Record<string, string>): Promise<ApiResponse<T>>;
  put<T>(path: string, body: unknown, headers?: Record<string, string>): Promise<ApiResponse<T>>;
  /** Sends a merge patch (RFC 7396). */
  patch<T>(path: string, body: unknown, headers?: Record<string, string>): Promise<ApiResponse<T>>;
}

export interface RunningApi {
  port: number;
  /** Client of the operations port; it sends no key. */
  operations: Client;
  adminKey: string;
  keyring: string;
  /** Log lines of the service, as JSON. */
  logs: readonly string[];
  admin: Client;
  /** Returns a client that sends this key; with null, it sends no key. */
  as(key: string | null): Client;
  /** Creates an account with a key that has all scopes. */
  account(): Promise<{ id: string; key: string; client: Client }>;
  stop(): Promise<void>;
}

/** Starts the whole service in this process, listening on loopback. */
export async function startApi({ databaseUrl, topics, env = {} }: ApiEnvironment): Promise<RunningApi> {
  const adminKey = randomBytes(32).toString('base64url');
  const keyring = `test:${randomBytes(32).toString('base64')}`;
  const logs: string[] = [];
  const logger = createLogger('config-api', 'info', { write: (line) => void logs.push(line) });
  const config = readConfig({
    KAFKA_BROKERS: topics.brokers.join(','),
    HOOKLINE_TOPIC_PREFIX: topics.prefix,
    HOOKLINE_PARTITIONS: String(topics.partitions),
    DATABASE_URL: databaseUrl,
    // Nothing listens on this port. A test that needs Redis sets its own URL.
    REDIS_URL: 'redis://127.0.0.1:1',
    HOOKLINE_MASTER_KEYS: keyring,
    HOOKLINE_ADMIN_KEY: adminKey,
    // Otherwise, the service would refuse test stores with the published passwords.
    HOOKLINE_LOCAL: '1',
    ...env,
  });
  const api = await compose({ logger }, config);
  await api.start();
  const as = (key: string | null): Client => createClient(api.port(), key);
  const admin = as(adminKey);
  return {
    port: api.port(),
    operations: createClient(api.operationsPort(), null),
    adminKey,
    keyring,
    logs,
    admin,
    as,
    account: async () => {
      const { json: account } = await admin.post<Account>('/api/v1/accounts', { name: 'Example' });
      const all = { account_id: account.id, name: 'all', scopes: SCOPES };
      const { json } = await admin.post<CreatedApiKey>('/api/v1/api-keys', all);
      return { id: account.id, key: json.key, client: as(json.key) };
    },
    stop: () => api.stop(),
  };
}

function createClient(port: number, key: string | null): Client {
  const send = <T>(
    method: string,
    path: string,
    rest: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<ApiResponse<T>> =>
    exchange<T>(port, {
      method,
      path,
      body: typeof rest.body === 'string' ? rest.body : JSON.stringify(rest.body),
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(rest.body !== undefined && { 'content-type': 'application/json' }),
        ...rest.headers,
      },
    });
  return {
    get: (path, headers = {}) => send('GET', path, { headers }),
    delete: (path, headers = {}) => send('DELETE', path, { headers }),
    post: (path, body, headers = {}) => send('POST', path, { body, headers }),
    put: (path, body, headers = {}) => send('PUT', path, { body, headers }),
    patch: (path, body, headers = {}) =>
      send('PATCH', path, { body, headers: { 'content-type': 'application/merge-patch+json', ...headers } }),
  };
}

interface RequestParts {
  method: string;
  path: string;
  body: string | undefined;
  headers: Record<string, string>;
}

async function exchange<T>(
  port: number,
  { method, path, body, headers }: RequestParts,
): Promise<ApiResponse<T>> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiResponse<T>>();
  const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
    text(response).then(
      (received) =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: received,
          json: (/json/.test(response.headers['content-type'] ?? '') ? JSON.parse(received) : {}) as T,
        }),
      reject,
    );
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}
