import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
} from 'openid-client';
import type { Person } from '../../http/person.ts';
import { createBoundedFetch } from './bounded-fetch.ts';

interface ProviderOptions {
  issuer: string;
  clientId: string;
  clientSecret: string;
  scope: string;
  groupsClaim: string;
  /** Address to which the provider redirects people. */
  redirectUrl: string;
}

/** Values of a sign-in in progress that are checked when the person returns. */
export interface LoginChecks {
  state: string;
  nonce: string;
  /** Code verifier of PKCE. */
  verifier: string;
}

/** Result of a completed sign-in. */
interface Arrival {
  person: Person;
  groups: readonly string[];
  /** Epoch ms at which the session must end according to the provider; null if the provider sets no end. */
  endsAt: number | null;
}

const BOUNDS = { timeoutMs: 5_000, maxBytes: 512 * 1_024 };
/**
 * Time for which a discovered configuration is used. After a failed discovery, its error is returned for `RETRY_MS`
 * without another request.
 */
const KEPT_MS = 3_600_000;
const RETRY_MS = 5_000;
/** Maximum number of groups that are read; more than fit into a token. */
const MAX_GROUPS = 5_000;
const MAX_TEXT_CHARS = 100;
/** Maximum length of a subject (OpenID Connect Core, section 2). */
const MAX_SUBJECT_CHARS = 255;

/** Client of the OpenID Connect provider (ADR 48). Does not send a request until a person signs in. */
export class IdentityProvider {
  readonly #options: ProviderOptions;
  readonly #now: () => number;
  #discovered: { result: Promise<Configuration>; until: number } | undefined;

  constructor(options: ProviderOptions, { now }: { now: () => number }) {
    this.#options = options;
    this.#now = now;
  }

  /**
   * Returns the address of the provider at which a person signs in.
   * @throws Error if the configuration of the provider cannot be read
   */
  async addressFor({ state, nonce, verifier }: LoginChecks): Promise<URL> {
    const { redirectUrl, scope } = this.#options;
    return buildAuthorizationUrl(await this.#configuration(), {
      response_type: 'code',
      redirect_uri: redirectUrl,
      scope,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
  }

  /**
   * Exchanges the code of a completed sign-in for the person and their groups.
   * @param search query of the address to which the provider redirected the person
   * @throws Error if the provider refused the sign-in, sent an invalid response, or did not respond
   */
  async arrival(search: string, { state, nonce, verifier }: LoginChecks): Promise<Arrival> {
    const { redirectUrl, groupsClaim } = this.#options;
    const configuration = await this.#configuration();
    const tokens = await authorizationCodeGrant(configuration, new URL(search, redirectUrl), {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    const claims: Record<string, unknown> = { ...tokens.claims() };
    const subject = textOf(claims['sub'], MAX_SUBJECT_CHARS);
    if (subject === null) throw new Error('the ID token has no subject');
    const isWhole = claims[groupsClaim] !== undefined && (claims['name'] ?? claims['email']) !== undefined;
    if (!isWhole && configuration.serverMetadata().userinfo_endpoint) {
      const more = await fetchUserInfo(configuration, tokens.access_token, subject);
      for (const [name, value] of Object.entries(more)) claims[name] ??= value;
    }
    const end = claims['session_expiry'];
    return {
      person: {
        subject,
        name: textOf(claims['name'], MAX_TEXT_CHARS) ?? textOf(claims['preferred_username'], MAX_TEXT_CHARS),
        email: textOf(claims['email'], MAX_TEXT_CHARS),
      },
      groups: groupsOf(claims[groupsClaim]),
      endsAt: typeof end === 'number' ? end * 1_000 : null,
    };
  }

  async #configuration(): Promise<Configuration> {
    const kept = this.#discovered;
    if (kept && kept.until > this.#now()) return kept.result;
    const result = this.#discover();
    const current = { result, until: this.#now() + KEPT_MS };
    this.#discovered = current;
    try {
      return await result;
    } catch (error) {
      current.until = this.#now() + RETRY_MS;
      throw error;
    }
  }

  #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.#options;
    const execute = [enableNonRepudiationChecks];
    // The settings permit an http issuer only if no other machine can reach Hookline.
    if (issuer.startsWith('http:')) execute.push(allowInsecureRequests);
    const auth = clientSecret === '' ? None() : secretAuth(clientSecret);
    return discovery(new URL(issuer), clientId, undefined, auth, {
      [customFetch]: createBoundedFetch(BOUNDS),
      execute,
    });
  }
}

/** Sends the secret by the method that the provider supports, or in the header if it supports both. */
function secretAuth(secret: string): ClientAuth {
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest);
  };
}

/** Returns a text claim, cut to `maxChars`; null for any other claim. */
function textOf(claim: unknown, maxChars: number): string | null {
  return typeof claim === 'string' && claim !== '' ? claim.slice(0, maxChars) : null;
}

/** Returns the groups that a claim contains: a list or, from some providers, a single group as a string. */
function groupsOf(claim: unknown): string[] {
  const listed: unknown[] = Array.isArray(claim) ? claim : [claim];
  return listed.filter((group) => typeof group === 'string').slice(0, MAX_GROUPS);
}
