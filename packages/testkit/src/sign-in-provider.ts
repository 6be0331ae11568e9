import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

/** A person who can sign in, with any password. */
interface ProviderPerson {
  name?: string;
  email?: string;
  groups?: readonly string[];
  /** Time at which the person's sessions end, in epoch seconds. */
  session_expiry?: number;
}

interface SignInProviderOptions {
  /** Addresses to which the provider may redirect the browser after sign-in. */
  redirectUrls: readonly string[];
  /** Lifetime of ID tokens in seconds; if it is negative, tokens have already expired when they are issued. */
  idTokenSeconds?: number;
  /** Whether the ID token contains a person's claims; otherwise, only the userinfo endpoint returns them. */
  claimsInIdToken?: boolean;
}

/** How the provider reacts to requests from now on. */
type ProviderState =
  /** Answers normally. */
  | 'up'
  /** Closes connections without a response. */
  | 'down'
  /** Never responds. */
  | 'silent'
  /** Sends JSON that never ends. */
  | 'endless'
  /** Redirects every request to another address. */
  | 'redirecting';

/** A real OpenID Connect provider (`oidc-provider`) on loopback, with sign-in pages. */
export interface SignInProvider extends AsyncDisposable {
  issuer: string;
  client: { id: string; secret: string };
  /** People by their subject, which is also their login. */
  people: Map<string, ProviderPerson>;
  /** Paths of the requests that have arrived. */
  arrived: readonly string[];
  become(state: ProviderState): void;
  /**
   * Signs a person in on the provider's pages, in a new browser session.
   * @param address address to which Hookline has redirected the browser
   * @returns address in Hookline to which the provider redirects the browser after sign-in
   */
  signIn(address: string, subject: string): Promise<string>;
}

export async function startSignInProvider(options: SignInProviderOptions): Promise<SignInProvider> {
  const client = { id: 'hookline', secret: randomBytes(24).toString('base64url') };
  const people = new Map<string, ProviderPerson>();
  const arrived: string[] = [];
  let state: ProviderState = 'up';
  let handle: ReturnType<Provider['callback']> | undefined;
  const server = createServer((request, response) => {
    arrived.push(new URL(request.url ?? '/', 'http://provider.invalid').pathname);
    if (state !== 'up') answerBadly(state, response);
    else void handle?.(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  handle = new Provider(issuer, configuration({ ...options, client, people })).callback();
  return {
    issuer,
    client,
    people,
    arrived,
    become: (next) => {
      state = next;
    },
    signIn: (address, subject) => signIn(address, { issuer, subject }),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const CHUNK = Buffer.alloc(65_536, ' ');

function answerBadly(state: Exclude<ProviderState, 'up'>, response: ServerResponse): void {
  if (state === 'down') response.destroy();
  if (state === 'redirecting') response.writeHead(302, { location: '/elsewhere' }).end();
  if (state !== 'endless') return;
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = (): void => {
    while (!response.destroyed && response.write(CHUNK));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

function configuration({
  client,
  people,
  redirectUrls,
  idTokenSeconds = 3_600,
  claimsInIdToken = true,
}: SignInProviderOptions & Pick<SignInProvider, 'client' | 'people'>): object {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: redirectUrls,
        id_token_signed_response_alg: 'ES256',
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'groups', 'session_expiry'], email: ['email'] },
    conformIdTokenClaims: !claimsInIdToken,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    findAccount: (_context: unknown, subject: string) => ({
      accountId: subject,
      claims: () => ({ sub: subject, ...people.get(subject) }),
    }),
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] },
    ttl: {
      IdToken: () => idTokenSeconds,
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      Interaction: 600,
      Session: 600,
    },
  };
}

const MAX_STEPS = 12;

/** Acts as a browser without scripts: follows redirects, keeps the provider's cookies, and fills in its forms. */
async function signIn(
  address: string,
  { issuer, subject }: { issuer: string; subject: string },
): Promise<string> {
  const cookies = new Map<string, string>();
  let next: { url: string; form?: URLSearchParams } = { url: address };
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const response = await fetch(next.url, {
      method: next.form ? 'POST' : 'GET',
      ...(next.form && { body: next.form }),
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      redirect: 'manual',
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const html = await response.text();
    const location = response.headers.get('location');
    if (location !== null) {
      const url = new URL(location, next.url);
      if (url.origin !== issuer) return url.href;
      next = { url: url.href };
      continue;
    }
    const [, action] = /<form[^>]* action="([^"]+)"/.exec(html) ?? [];
    const [, prompt] = /name="prompt" value="([^"]+)"/.exec(html) ?? [];
    if (action === undefined || prompt === undefined) {
      throw new Error(`the provider answered ${response.status} without a form: ${html.slice(0, 500)}`);
    }
    const form = new URLSearchParams({
      prompt,
      ...(prompt === 'login' && { login: subject, password: 'x' }),
    });
    next = { url: new URL(action, next.url).href, form };
  }
  throw new Error(`signing in at the provider did not end within ${MAX_STEPS} steps`);
}
