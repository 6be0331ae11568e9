import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { createLogger } from '@hookline/shared/runtime/logger';
import { compose } from '../compose.ts';
import { readConfig } from '../config.ts';

/** What the service needs around it, from the testkit. */
export interface Surroundings {
  databaseUrl: string;
  topics: { brokers: string[]; prefix: string; partitions: number };
  env?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** The body as it came. */
  text: string;
  /** The body as JSON; an empty object where there is none. */
  // Tests look into many shapes of answers.
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
}

export interface Client {
  get(path: string): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
}

export interface RunningApi {
  adminKey: string;
  keyring: string;
  /** Lines it logged, as JSON texts. */
  logs: readonly string[];
  admin: Client;
  /** A caller with this key; null: without one. */
  as(key: string | null): Client;
  /** A new account with a key of all scopes. */
  account(): Promise<{ id: string; key: string; client: Client }>;
  stop(): Promise<void>;
}

/** The whole service in this process, reached over loopback. */
export async function startApi({ databaseUrl, topics, env = {} }: Surroundings): Promise<RunningApi> {
  const adminKey = randomBytes(32).toString('base64url');
  const keyring = `test:${randomBytes(32).toString('base64')}`;
  const logs: string[] = [];
  const logger = createLogger('config-api', 'info', { write: (line) => void logs.push(line) });
  const config = readConfig({
    KAFKA_BROKERS: topics.brokers.join(','),
    HOOKLINE_TOPIC_PREFIX: topics.prefix,
    HOOKLINE_PARTITIONS: String(topics.partitions),
    DATABASE_URL: databaseUrl,
    // Nobody is there; whoever needs Redis names one.
    REDIS_URL: 'redis://127.0.0.1:1',
    HOOKLINE_MASTER_KEYS: keyring,
    HOOKLINE_ADMIN_KEY: adminKey,
    ...env,
  });
  const api = await compose(config, { logger });
  await api.start();
  const as = (key: string | null): Client => createClient(api.port(), key);
  const admin = as(adminKey);
  return {
    adminKey,
    keyring,
    logs,
    admin,
    as,
    account: async () => {
      const { json: account } = await admin.post('/api/v1/accounts', { name: 'Example' });
      const scopes = ['read', 'write', 'execute'];
      const { json } = await admin.post('/api/v1/api-keys', { account_id: account.id, name: 'all', scopes });
      return { id: account.id, key: json.key, client: as(json.key) };
    },
    stop: () => api.stop(),
  };
}

function createClient(port: number, key: string | null): Client {
  const send = (
    method: string,
    path: string,
    rest: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> =>
    exchange(port, {
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
    get: (path) => send('GET', path),
    delete: (path) => send('DELETE', path),
    post: (path, body, headers = {}) => send('POST', path, { body, headers }),
    put: (path, body) => send('PUT', path, { body }),
  };
}

interface Sent {
  method: string;
  path: string;
  body: string | undefined;
  headers: Record<string, string>;
}

async function exchange(port: number, { method, path, body, headers }: Sent): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
    text(response).then(
      (received) =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: received,
          json: /json/.test(response.headers['content-type'] ?? '') ? JSON.parse(received) : {},
        }),
      reject,
    );
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}
