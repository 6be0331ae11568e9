import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import { type CreatePortalToken, PORTAL_SCOPES } from '@hookline/shared/contracts/rest/portal-tokens';
import type { Scope } from '@hookline/shared/contracts/rest/api-keys';
import type { RatesOf } from '../accounts/account-rates.ts';
import type { JsonSeal } from '../sealing/json-seal.ts';
import type { AccountCaller, ApiCaller } from '../http/caller.ts';
import { ProblemError } from '../http/problem-error.ts';

/** Sealed content of a token. Names the key that created the token, or the account if the admin key created it. */
export type SealedPortalToken = ({ keyId: string } | { accountId: string }) & {
  scopes: readonly Scope[];
  /** Id of a user of the product that embeds the portal. */
  user?: string;
  /** Epoch ms. */
  expiresAt: number;
};

interface PortalTokensDeps {
  seal: JsonSeal<SealedPortalToken>;
  findCallerById: (keyId: string) => Promise<AccountCaller | null>;
  ratesOf: RatesOf;
  now: () => number;
}

/** Helps secret scanners find leaked tokens, and distinguishes tokens from API keys. */
const PREFIX = 'hlp_';
const DEFAULT_SECONDS = 600;
const MAX_GONE_KEYS = 1_000;

/**
 * Creates and verifies tokens of the portal (ADR 49). Nothing has to be stored, because a token is sealed and names the
 * key that created it.
 */
export class PortalTokens {
  readonly #deps: PortalTokensDeps;
  /**
   * Keys that have been revoked or deleted or have expired, which is final. Tokens are opened even if the address of
   * the client has too many failed authentications, so without this list each client with a token of such a key could
   * cause one query per request until the token expires.
   */
  readonly #goneKeys = new BoundedMap<string, true>({ maxEntries: MAX_GONE_KEYS });

  constructor(deps: PortalTokensDeps) {
    this.#deps = deps;
  }

  /**
   * Creates a token for an account.
   * @throws ProblemError 403 for a scope that the caller lacks, or if the caller is neither an API key nor the admin
   * key
   */
  create(
    caller: ApiCaller,
    accountId: string,
    { scopes, expires_in = DEFAULT_SECONDS, user }: CreatePortalToken,
  ): { token: string; expiresAt: number } {
    const isKey = caller.kind === 'account' ? caller.keyId !== null && !caller.isPortal : !caller.person;
    if (!isKey) {
      throw new ProblemError(403, 'forbidden', 'Only an API key or the admin key can create a portal token');
    }
    const missing = caller.kind === 'account' ? scopes.filter((one) => !caller.scopes.includes(one)) : [];
    if (missing.length > 0) {
      const detail = `This API key cannot grant a scope that it does not have: ${missing.join(', ')}`;
      throw new ProblemError(403, 'forbidden', detail);
    }
    const expiresAt = this.#deps.now() + expires_in * 1_000;
    const maker =
      caller.kind === 'account' && caller.keyId !== null ? { keyId: caller.keyId } : { accountId };
    const sealed = this.#deps.seal.seal({
      ...maker,
      scopes,
      expiresAt,
      ...(user !== undefined && { user }),
    });
    return { token: `${PREFIX}${sealed}`, expiresAt };
  }

  isToken(text: string): boolean {
    return text.startsWith(PREFIX);
  }

  /**
   * Returns the caller of a token; `ended` if the token has expired; null if it was not created here or was changed, if
   * its key is no longer valid, or if its account no longer exists.
   */
  async findCaller(token: string): Promise<AccountCaller | 'ended' | null> {
    const sealed = this.#deps.seal.open(token.slice(PREFIX.length));
    if (!sealed) return null;
    if (sealed.expiresAt <= this.#deps.now()) return 'ended';
    const maker = await this.#makerOf(sealed);
    if (!maker) return null;
    const { user, expiresAt: endsAt } = sealed;
    return {
      ...maker,
      // The key may have fewer scopes now than when it created the token.
      scopes: sealed.scopes.filter((scope) => maker.scopes.includes(scope)),
      isPortal: true,
      endsAt,
      ...(user !== undefined && { person: { subject: user, name: null, email: null } }),
    };
  }

  async #makerOf(sealed: SealedPortalToken): Promise<AccountCaller | null> {
    if ('keyId' in sealed) return this.#keyOf(sealed.keyId);
    const { accountId } = sealed;
    const rates = await this.#deps.ratesOf(accountId);
    return rates && { kind: 'account', accountId, keyId: null, scopes: PORTAL_SCOPES, rates };
  }

  async #keyOf(keyId: string): Promise<AccountCaller | null> {
    if (this.#goneKeys.has(keyId)) return null;
    const caller = await this.#deps.findCallerById(keyId);
    if (!caller) this.#goneKeys.set(keyId, true);
    return caller;
  }
}
