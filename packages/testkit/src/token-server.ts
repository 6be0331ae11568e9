import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AdapterOfKind, Provider } from 'oidc-provider';
import { createArrivals, DEFAULT_DEADLINE_MS } from './arrivals.ts';

/** A registered client. */
export interface TokenClient {
  id: string;
  secret: string;
}

interface TokenClientOptions {
  /** Client authentication that the server requires; by default in the Authorization header. */
  authMethod?: 'client_secret_basic' | 'client_secret_post';
  secret?: string;
}

/** How the server reacts to requests for a token. */
type TokenServerState =
  /** Answers normally. */
  | 'up'
  /** Closes connections without a response. */
  | 'down'
  /** Answers 503, as a gateway in front of the server would. */
  | 'busy'
  /** Delays requests until `release` is called. */
  | 'slow';

/** A request for a token: its Authorization header, and the status of the response. */
interface ReceivedTokenRequest {
  authorization: string | undefined;
  status: number;
}

/** A real OAuth 2.0 authorization server (`oidc-provider`) on loopback, for the client credentials grant. */
export interface TokenServer extends AsyncDisposable {
  /** URL of the token endpoint. */
  url: string;
  /** `127.0.0.1:<port>`, for HOOKLINE_ALLOWED_DESTINATIONS. */
  address: string;
  /** Token requests that have been answered, except those that received 503 in the state `busy`. */
  answered: readonly ReceivedTokenRequest[];
  /** Number of requests that have arrived, whether answered or not. */
  arrived: () => number;
  /** Resolves when `count` requests have arrived, whether answered or not. */
  untilArrived(count: number): Promise<void>;
  client(options?: TokenClientOptions): TokenClient;
  /** Unregisters a client. */
  removeClient(id: string): void;
  /** Returns whether a token is valid; a leading `Bearer ` is ignored. */
  accepts(token: string | undefined): Promise<boolean>;
  /** Revokes a token before it expires. */
  revoke(token: string): Promise<void>;
  become(state: TokenServerState): void;
  /** Answers the delayed requests and sets the state to `up`. */
  release(): void;
}

/** Starts an authorization server. @param options.lifetimeSeconds lifetime of every token */
export async function startTokenServer({ lifetimeSeconds = 600 } = {}): Promise<TokenServer> {
  const store = createStore();
  let state: TokenServerState = 'up';
  let held = Promise.withResolvers<void>();
  const answered: ReceivedTokenRequest[] = [];
  const arrivals = createArrivals<number>((number) => `request ${number} for a token`);
  let handle: ReturnType<Provider['callback']> | undefined;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    arrivals.add(arrivals.all.length + 1);
    if (state === 'down') {
      response.destroy();
      return;
    }
    if (state === 'busy') {
      response.writeHead(503).end();
      return;
    }
    if (state === 'slow') await held.promise;
    response.once('finish', () => {
      answered.push({ authorization: request.headers.authorization, status: response.statusCode });
    });
    await handle?.(request, response);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(`http://${address}`, configuration(store, lifetimeSeconds));
  handle = provider.callback();
  const find = (token: string) => provider.ClientCredentials.find(token.replace(/^Bearer /, ''));

  return {
    url: `http://${address}/token`,
    address,
    answered,
    arrived: () => arrivals.all.length,
    untilArrived: async (count) => {
      await arrivals.until((all) => (all.length >= count ? all : undefined), {
        wanted: `${count} requests for a token`,
        deadlineMs: DEFAULT_DEADLINE_MS,
      });
    },
    client: ({ authMethod = 'client_secret_basic', secret = randomBytes(24).toString('base64url') } = {}) => {
      const id = randomUUID();
      store.of('Client').set(id, {
        client_id: id,
        client_secret: secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: authMethod,
        id_token_signed_response_alg: 'ES256',
        scope: 'read write',
      });
      return { id, secret };
    },
    removeClient: (id) => void store.of('Client').delete(id),
    accepts: async (token) => token !== undefined && (await find(token)) !== undefined,
    revoke: async (token) => (await find(token))?.destroy(),
    become: (next) => {
      state = next;
    },
    release: () => {
      state = 'up';
      held.resolve();
      held = Promise.withResolvers();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Store {
  of(kind: string): Map<string, object>;
}

function createStore(): Store {
  const kinds = new Map<string, Map<string, object>>();
  return {
    of: (kind) => {
      const all = kinds.get(kind) ?? new Map<string, object>();
      kinds.set(kind, all);
      return all;
    },
  };
}

function configuration(store: Store, lifetimeSeconds: number): object {
  const adapter = (kind: string): AdapterOfKind => ({
    upsert: async (id, payload) => void store.of(kind).set(id, payload),
    find: async (id) => store.of(kind).get(id),
    destroy: async (id) => void store.of(kind).delete(id),
  });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    adapter,
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    cookies: { keys: ['unused'] },
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'unused', alg: 'ES256', use: 'sig' }] },
    scopes: ['read', 'write', 'admin'],
    ttl: { ClientCredentials: lifetimeSeconds },
  };
}
