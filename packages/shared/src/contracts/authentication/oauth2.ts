import { Type } from 'typebox';
import { secretText } from './fields.ts';
import { defineKind, type AuthSettings } from './kind.ts';
import type { TokenAnswer, TokenReading, TokenRequest } from './token-source.ts';

/** Lifetime of a token whose response has no `expires_in`, which is optional (RFC 6749, section 5.1). */
const DEFAULT_LIFETIME_MS = 300_000;
/** Maximum lifetime that is assumed for a token, even if the server states a longer one. */
const MAX_LIFETIME_MS = 86_400_000;

const BASIC = 'client_secret_basic';
const POST = 'client_secret_post';

/** VSCHAR of RFC 6749, appendix A. */
const VISIBLE = /^[\x20-\x7e]+$/;
/** Scopes (RFC 6749, section 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;
/** Bearer token (RFC 6750, section 2.1). The maximum length leaves room for `Bearer ` in a header value. */
const TOKEN = /^(?=.{1,8000}$)[A-Za-z0-9\-._~+/]+=*$/;
/** Error code (RFC 6749, section 5.2). */
const ERROR_CODE = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}$/;

const visible = (value: string): string | null =>
  VISIBLE.test(value) ? null : 'must not be empty and may contain only visible ASCII and spaces';

const settings = {
  token_url: {
    schema: Type.String({
      maxLength: 2_048,
      description:
        'For oauth2: token endpoint (RFC 6749), http or https, without merge fields. The same rules apply to it as to the URL; its certificate is always verified.',
    }),
    required: true,
    isUrl: true,
  },
  client_id: {
    schema: Type.String({ maxLength: 1_024, description: 'For oauth2.' }),
    required: true,
    isBound: true,
    problem: visible,
  },
  scope: {
    schema: Type.String({ maxLength: 2_048, description: 'For oauth2: scopes, separated by spaces.' }),
    problem: (scope) => (SCOPE.test(scope) ? null : 'must be scopes, separated by single spaces'),
  },
  audience: {
    schema: Type.String({
      maxLength: 2_048,
      description: 'For oauth2: the audience parameter, which some servers require.',
    }),
    problem: visible,
  },
  token_endpoint_auth_method: {
    schema: Type.Unsafe<string>({
      type: 'string',
      enum: [BASIC, POST],
      // The schema has no `default`, because response serializers would add the field to responses of other kinds too.
      description: `For oauth2: whether the token request carries client_id and client_secret in the Authorization header or in the body; ${BASIC} by default.`,
    }),
    default: BASIC,
    isBound: true,
  },
} as const satisfies Parameters<typeof defineKind>[0]['settings'];

type Client = AuthSettings<typeof settings> & { client_secret: string };

/** OAuth 2.0 client credentials (RFC 6749, section 4.4): a bearer token from a token endpoint (ADR 22). */
export const oauth2 = defineKind({
  settings,
  sealed: {
    client_secret: { ...secretText('For oauth2. Never returned.'), problem: visible },
  },
  headerName: () => 'Authorization',
  secretTexts: ({ client_secret }) => [client_secret, formEncoded(client_secret)],
  authenticate: async ({ client_secret }, given, tokens) => {
    const token = await tokens.get(tokenRequest({ ...given, client_secret }));
    return {
      headers: [{ name: 'Authorization', value: `Bearer ${token.value}` }],
      secrets: [token.value],
      waitedMs: token.waitedMs,
      refused: () => token.refused(),
    };
  },
});

/** Builds the token request (RFC 6749, sections 2.3.1 and 4.4.2). */
export function tokenRequest(client: Client): TokenRequest {
  const { token_url = '', client_id = '', client_secret, scope, audience } = client;
  const isPost = client.token_endpoint_auth_method === POST;
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
    ...(isPost && { client_id, client_secret }),
  });
  // Both parts are form-encoded before they are joined, so that a colon in the id is not mistaken for the separator.
  const userPass = `${formEncoded(client_id)}:${formEncoded(client_secret)}`;
  const authorization = `Basic ${Buffer.from(userPass).toString('base64')}`;
  return {
    url: token_url,
    headers: isPost ? [] : [{ name: 'Authorization', value: authorization }],
    body: body.toString(),
    secrets: [client_secret, userPass],
    read: readTokenAnswer,
  };
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** Reads the response of a token endpoint (RFC 6749, sections 5.1 and 5.2). Pure. */
export function readTokenAnswer({ status, body }: TokenAnswer): TokenReading {
  if (status === 408 || status === 429 || status >= 500) {
    return { kind: 'unavailable', reason: `the token endpoint responded with ${status}` };
  }
  const fields = parsedObject(body);
  if (status < 200 || status >= 300) {
    const { error } = fields;
    const code = typeof error === 'string' && ERROR_CODE.test(error) ? ` ${error}` : '';
    return { kind: 'refused', reason: `the token endpoint responded with ${status}${code}` };
  }
  const { access_token: value, token_type: type = 'Bearer', expires_in: seconds } = fields;
  if (typeof value !== 'string' || !TOKEN.test(value)) {
    return { kind: 'refused', reason: 'the response of the token endpoint contains no usable access_token' };
  }
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    return { kind: 'refused', reason: 'the token endpoint returned a token that is not a bearer token' };
  }
  return { kind: 'token', value, lifetimeMs: lifetimeMs(seconds) };
}

/** Converts `expires_in` to ms; some servers send it as a string. */
function lifetimeMs(seconds: unknown): number {
  const ms =
    typeof seconds === 'number' || typeof seconds === 'string' ? Number(seconds) * 1_000 : Number.NaN;
  return Number.isNaN(ms) ? DEFAULT_LIFETIME_MS : Math.min(Math.max(ms, 0), MAX_LIFETIME_MS);
}

function parsedObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // The body is not JSON, for example because it is the error page of a gateway; it is treated as an empty object.
    return {};
  }
}
