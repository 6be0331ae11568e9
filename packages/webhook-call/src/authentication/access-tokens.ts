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

/** The account that needs a token, and the maximum time to wait for the token. */
interface TokenWait {
  accountId: string;
  timeoutMs: number;
}

interface AccessTokensDeps {
  fetch: FetchToken;
  /** Current time, epoch ms. */
  now: () => number;
}

/** Maximum number of accounts whose tokens are cached; the least recently used account is dropped first. */
const MAX_ACCOUNTS = 2_000;
/** Maximum number of tokens cached for one account, at most 8 KiB each; the least recently used is dropped first. */
const MAX_TOKENS_PER_ACCOUNT = 50;
/**
 * Maximum number of token requests that one account has open: the default maximum of its calls in flight. A request
 * continues after the calls that wait for it have timed out, so the number of calls does not bound the number of
 * requests.
 */
const MAX_FETCHES_PER_ACCOUNT = 100;
/** Share of a token's lifetime after which its next use renews it. */
const RENEWED_AFTER = 0.8;
/** A token obtained within this time after a 401 is kept even if it is rejected with 401 too. */
const REFUSAL_COUNTS_MS = 60_000;
/** Pause after the token endpoint refused a request, so that a wrong secret does not get the client locked out. */
const REFUSED_PAUSE_MS = 10_000;
/** Pause after the token endpoint was down or slow. */
const UNAVAILABLE_PAUSE_MS = 1_000;

interface Token {
  value: string;
  renewAt: number;
  expiresAt: number;
  /** Whether this token arrived within `REFUSAL_COUNTS_MS` after a rejected token was discarded. */
  followsRefusal: boolean;
}

/** State of one token request of an account. */
interface Entry {
  accountId: string;
  key: string;
  token: Token | null;
  /** Request for the next token while it is running; otherwise null. */
  pending: Promise<Token> | null;
  /** The last failure, and the time before which no further request is made. */
  failure: { error: unknown; until: number } | null;
  refusedAt: number;
}

/**
 * Caches access tokens in memory, one per account and token request (ADR 22). The request contains the credential, so a
 * token of the old secret is never used after the secret has changed. The first use of a token after 80 % of its
 * lifetime renews it; the old token remains in use until it expires or the new token arrives. Each token is requested
 * once, however many calls wait for it. The number and size of an account's tokens, and the number of its running token
 * requests, are bounded, and a call waits no longer than its own timeout.
 */
export class AccessTokens {
  readonly #deps: AccessTokensDeps;
  readonly #accounts = new BoundedMap<string, BoundedMap<string, Entry>>({ maxEntries: MAX_ACCOUNTS });
  /** Entries whose request is running, by account and key; they are never dropped. */
  readonly #fetching = new Map<string, Map<string, Entry>>();

  constructor(deps: AccessTokensDeps) {
    this.#deps = deps;
  }

  /** Returns the token source of one call. */
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

  /** Finds or creates the entry of a token request and marks it as used. */
  #use(accountId: string, key: string): Entry {
    const tokens = this.#accounts.get(accountId) ?? new BoundedMap({ maxEntries: MAX_TOKENS_PER_ACCOUNT });
    this.#accounts.set(accountId, tokens);
    const entry = this.#fetching.get(accountId)?.get(key) ??
      tokens.get(key) ?? {
        accountId,
        key,
        token: null,
        pending: null,
        failure: null,
        refusedAt: -Infinity,
      };
    tokens.set(key, entry);
    return entry;
  }

  #renewAhead(entry: Entry, request: TokenRequest): void {
    // No call waits for this renewal. The old token remains in use; a failure is reported to calls once that token
    // has expired.
    this.#renew(entry, request).catch(() => undefined);
  }

  async #renew(entry: Entry, request: TokenRequest): Promise<Token> {
    if (entry.pending) return entry.pending;
    if (entry.failure && this.#deps.now() < entry.failure.until) throw entry.failure.error;
    this.#noteBegun(entry);
    entry.pending = this.#fetch(entry, request);
    try {
      return await entry.pending;
    } finally {
      entry.pending = null;
      this.#noteEnded(entry);
    }
  }

  /** @throws TokenError if the account has too many requests open; unlike after a failed request, there is no pause */
  #noteBegun(entry: Entry): void {
    const fetching = this.#fetching.get(entry.accountId) ?? new Map<string, Entry>();
    if (fetching.size >= MAX_FETCHES_PER_ACCOUNT) {
      const reason = `the account is already waiting for ${MAX_FETCHES_PER_ACCOUNT} other access tokens`;
      throw new TokenError('token_unavailable', reason);
    }
    this.#fetching.set(entry.accountId, fetching.set(entry.key, entry));
  }

  #noteEnded({ accountId, key }: Entry): void {
    const fetching = this.#fetching.get(accountId);
    fetching?.delete(key);
    if (fetching?.size === 0) this.#fetching.delete(accountId);
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
   * Discards a rejected token, unless it arrived shortly after another rejection: an endpoint that rejects every token
   * must not cause a token request with each call.
   */
  #refuse(entry: Entry, token: Token): boolean {
    if (entry.token !== token) return true;
    if (token.followsRefusal) return false;
    entry.token = null;
    entry.refusedAt = this.#deps.now();
    return true;
  }
}

/** Returns a digest, so that no key of the map contains a secret. */
function keyOf({ url, headers, body }: TokenRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([url, headers, body]))
    .digest('base64');
}

function isRefusal(error: unknown): boolean {
  return error instanceof TokenError && error.code === 'render_error';
}
