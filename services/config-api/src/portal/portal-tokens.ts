import { type CreatePortalToken, PORTAL_SCOPES } from '@hookline/shared/contracts/rest/portal-tokens';
import type { Scope } from '@hookline/shared/contracts/rest/api-keys';
import type { RatesOf } from '../accounts/account-rates.ts';
import type { JsonSeal } from '../sealing/json-seal.ts';
import type { AccountCaller, ApiCaller } from '../http/caller.ts';
import { ProblemError } from '../http/problem-error.ts';

/** A token as it is sealed: by its key, or by its account if the admin key made it. */
export type SealedPortalToken = ({ keyId: string } | { accountId: string }) & {
  scopes: readonly Scope[];
  /** Person in the product that embeds the portal. */
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

/** Lets secret scanners find tokens that leaked, and tells them from API keys. */
const PREFIX = 'hlp_';
const DEFAULT_SECONDS = 600;

/** Tokens of the portal (ADR 49). Nothing is stored: a token is sealed, and names the key that made it. */
export class PortalTokens {
  readonly #deps: PortalTokensDeps;

  constructor(deps: PortalTokensDeps) {
    this.#deps = deps;
  }

  /**
   * Makes a token for an account.
   * @throws ProblemError 403 for a scope that the caller lacks, or a caller that is neither an API key nor the admin key
   */
  create(
    caller: ApiCaller,
    accountId: string,
    { scopes, expires_in = DEFAULT_SECONDS, user }: CreatePortalToken,
  ): { token: string; expiresAt: number } {
    const isKey = caller.kind === 'account' ? caller.keyId !== null && !caller.isPortal : !caller.person;
    if (!isKey) {
      throw new ProblemError(403, 'forbidden', 'Only an API key or the admin key can make a portal token');
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
   * Finds the caller of a token; `ended` if its time is over, null if it was not made here, was changed, or its key or
   * account is gone.
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
      // The key may have fewer scopes than when it made the token.
      scopes: sealed.scopes.filter((scope) => maker.scopes.includes(scope)),
      isPortal: true,
      endsAt,
      ...(user !== undefined && { person: { subject: user, name: null, email: null } }),
    };
  }

  async #makerOf(sealed: SealedPortalToken): Promise<AccountCaller | null> {
    if ('keyId' in sealed) return this.#deps.findCallerById(sealed.keyId);
    const { accountId } = sealed;
    const rates = await this.#deps.ratesOf(accountId);
    return rates && { kind: 'account', accountId, keyId: null, scopes: PORTAL_SCOPES, rates };
  }
}
