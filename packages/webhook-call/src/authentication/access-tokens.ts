import { createHash } from 'node:crypto';
import type {
  AccessToken,
  TokenRequest,
  TokenSource,
} from '@hookline/shared/contracts/authentication/token-source';
import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import type { FetchToken } from './token-endpoint.ts';
import { TokenError } from './token-error.ts';

/** Whose call needs a token, and how long it may wait for one. */
export interface TokenWait {
  accountId: string;
  timeoutMs: number;
}

export interface AccessTokensDeps {
  fetch: FetchToken;
  /** Epoch ms. */
  now: () => number;
}

/** Accounts whose tokens are kept, those of the latest calls. */
const MAX_ACCOUNTS = 2_000;
/** Tokens of an account that are kept, those of its latest calls; each is at most 8 KiB. */
const MAX_TOKENS_PER_ACCOUNT = 50;
/** Part of a token's life after which another one is asked for. */
const RENEWED_AFTER = 0.8;
/** A token got within this time after an endpoint refused the one before is not given up for another refusal. */
const REFUSAL_COUNTS_MS = 60_000;
/** A token endpoint that refuses is asked again after this, so that a wrong secret does not lock the client out. */
const REFUSED_PAUSE_MS = 10_000;
/** A token endpoint that is down or slow is asked again after this. */
const UNAVAILABLE_PAUSE_MS = 1_000;

interface Token {
  value: string;
  renewAt: number;
  expiresAt: number;
  /** It took the place of one that an endpoint had refused. */
  followsRefusal: boolean;
}

/** What is known of one credential. */
interface Entry {
  accountId: string;
  token: Token | null;
  /** The request for the next token, while it runs. */
  pending: Promise<Token> | null;
  /** Why there was none, and until when nothing is asked. */
  failure: { error: unknown; until: number } | null;
  refusedAt: number;
}

/**
 * Access tokens, in memory only, one per account and token request (ADR 22). A request holds the credential, so a changed
 * secret has its own token at once. At 80 % of its life a token is renewed while it still serves; each token is asked for
 * once, however many calls wait for it. What a tenant can make this keep is bounded by number and size, and the time that
 * a call waits by its own timeout.
 */
export class AccessTokens {
  readonly #deps: AccessTokensDeps;
  readonly #accounts = new BoundedMap<string, BoundedMap<string, Entry>>({ maxEntries: MAX_ACCOUNTS });

  constructor(deps: AccessTokensDeps) {
    this.#deps = deps;
  }

  /** What one call gets its token from. */
  of(wait: TokenWait): TokenSource {
    return { get: (request) => this.#get(request, wait) };
  }

  /** @throws TokenError */
  async #get(request: TokenRequest, { accountId, timeoutMs }: TokenWait): Promise<AccessToken> {
    const entry = this.#use(accountId, keyOf(request));
    const startedAt = this.#deps.now();
    const { token } = entry;
    if (token && startedAt < token.expiresAt) {
      if (startedAt >= token.renewAt) this.#renewAhead(entry, request);
      return this.#handle(entry, token, 0);
    }
    const late = (): never => {
      throw new TokenError('token_timed_out', `no access token within ${timeoutMs} ms`);
    };
    const renewed = await withTimeout(this.#renew(entry, request), timeoutMs, late);
    return this.#handle(entry, renewed, Math.max(0, this.#deps.now() - startedAt));
  }

  #handle(entry: Entry, token: Token, waitedMs: number): AccessToken {
    return { value: token.value, waitedMs, refused: () => this.#refuse(entry, token) };
  }

  /** The entry of a credential, which counts as used now. */
  #use(accountId: string, key: string): Entry {
    const tokens = this.#accounts.get(accountId) ?? new BoundedMap({ maxEntries: MAX_TOKENS_PER_ACCOUNT });
    this.#accounts.set(accountId, tokens);
    const entry = tokens.get(key) ?? {
      accountId,
      token: null,
      pending: null,
      failure: null,
      refusedAt: -Infinity,
    };
    tokens.set(key, entry);
    return entry;
  }

  #renewAhead(entry: Entry, request: TokenRequest): void {
    // Nobody waits for it: the token serves on, and the next request after the pause, or the end of its life, says more.
    this.#renew(entry, request).catch(() => undefined);
  }

  async #renew(entry: Entry, request: TokenRequest): Promise<Token> {
    if (entry.pending) return entry.pending;
    if (entry.failure && this.#deps.now() < entry.failure.until) throw entry.failure.error;
    entry.pending = this.#fetch(entry, request);
    try {
      return await entry.pending;
    } finally {
      entry.pending = null;
    }
  }

  async #fetch(entry: Entry, request: TokenRequest): Promise<Token> {
    const { fetch, now } = this.#deps;
    try {
      const { value, lifetimeMs } = await fetch(entry.accountId, request);
      const receivedAt = now();
      const token = {
        value,
        renewAt: receivedAt + lifetimeMs * RENEWED_AFTER,
        expiresAt: receivedAt + lifetimeMs,
        followsRefusal: receivedAt - entry.refusedAt < REFUSAL_COUNTS_MS,
      };
      entry.token = token;
      entry.failure = null;
      return token;
    } catch (error) {
      const pauseMs = isRefusal(error) ? REFUSED_PAUSE_MS : UNAVAILABLE_PAUSE_MS;
      entry.failure = { error, until: now() + pauseMs };
      throw error;
    }
  }

  /**
   * An endpoint that refuses every token would have one asked for with each call; so a token that already took the place of
   * a refused one is kept.
   */
  #refuse(entry: Entry, token: Token): boolean {
    if (entry.token !== token) return true;
    if (token.followsRefusal) return false;
    entry.token = null;
    entry.refusedAt = this.#deps.now();
    return true;
  }
}

/** A digest, so that no key holds a secret. */
function keyOf({ url, headers, body }: TokenRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([url, headers, body]))
    .digest('base64');
}

function isRefusal(error: unknown): boolean {
  return error instanceof TokenError && error.code === 'render_error';
}
