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
  /** Where the provider sends people back to. */
  redirectUrl: string;
}

/** What a sign-in in progress has to prove when the person comes back. */
export interface LoginChecks {
  state: string;
  nonce: string;
  /** PKCE. */
  verifier: string;
}

/** Who came back. */
interface Arrival {
  person: Person;
  groups: readonly string[];
  /** Epoch ms at which the provider wants the session to end; null if it does not say. */
  endsAt: number | null;
}

const BOUNDS = { timeoutMs: 5_000, maxBytes: 512 * 1_024 };
/** What discovery found is asked for again after an hour, and after a failure five seconds later. */
const KEPT_MS = 3_600_000;
const RETRY_MS = 5_000;
/** More groups than a token has room for. */
const MAX_GROUPS = 5_000;
const MAX_TEXT_CHARS = 100;
/** OpenID Connect Core, section 2. */
const MAX_SUBJECT_CHARS = 255;

/** The OpenID Connect provider (ADR 48). Nothing is asked of it before somebody signs in. */
export class IdentityProvider {
  readonly #options: ProviderOptions;
  readonly #now: () => number;
  #discovered: { result: Promise<Configuration>; until: number } | undefined;

  constructor(options: ProviderOptions, { now }: { now: () => number }) {
    this.#options = options;
    this.#now = now;
  }

  /**
   * Returns the address at the provider at which a person signs in.
   * @throws Error if the provider does not respond as it should
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
   * Finds out who came back.
   * @param search query with which the provider sent the person back
   * @throws Error if the provider refused, its answer is not valid, or it does not respond
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
    // The settings permit such an issuer only where no other machine reaches Hookline.
    if (issuer.startsWith('http:')) execute.push(allowInsecureRequests);
    const auth = clientSecret === '' ? None() : secretAuth(clientSecret);
    return discovery(new URL(issuer), clientId, undefined, auth, {
      [customFetch]: createBoundedFetch(BOUNDS),
      execute,
    });
  }
}

/** Sends the secret by the method that the provider supports; in the header, if it supports both. */
function secretAuth(secret: string): ClientAuth {
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest);
  };
}

/** Returns a claim that is a text, cut to a length; null for anything else. */
function textOf(claim: unknown, maxChars: number): string | null {
  return typeof claim === 'string' && claim !== '' ? claim.slice(0, maxChars) : null;
}

/** The claim is a list; some providers write a single group as a text. */
function groupsOf(claim: unknown): string[] {
  const listed: unknown[] = Array.isArray(claim) ? claim : [claim];
  return listed.filter((group) => typeof group === 'string').slice(0, MAX_GROUPS);
}
