import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { tooManyFailures, unauthenticated } from '../http/authenticate.ts';
import type { AccountCaller, ApiCaller } from '../http/caller.ts';
import type { FailureLimiter } from '../http/failure-limiter.ts';
import type { KnownCallers } from '../http/known-callers.ts';
import { notFound, ProblemError } from '../http/problem-error.ts';
import type { RequestRates } from '../http/request-rates.ts';
import type { AccountGrant, GrantsOf } from './oidc/group-mapping.ts';
import { cookieOf, SESSION_COOKIE } from './sessions/session-cookie.ts';
import type { ConsoleSession, SessionSeal } from './sessions/session-seal.ts';

interface ConsoleSessionsDeps {
  seal: SessionSeal;
  /** Returns the caller of an API key by the id of the key; null if the key is unknown, revoked or expired. */
  findCallerById: (keyId: string) => Promise<AccountCaller | null>;
  /** Returns the rights that groups of the identity provider grant, given the ids of the groups. */
  grantsOf: GrantsOf;
  /** Returns the rates of an account; null if no account has this id. */
  ratesOf: (accountId: string) => Promise<RequestRates | null>;
  failures: FailureLimiter;
  /**
   * Holders of sessions that were valid when they were last used. They are separate from the known keys, because a
   * client could send, as a key, the text whose digest names a holder; rejecting this key would then remove the holder.
   */
  knownSessions: KnownCallers;
  now: () => number;
}

/** A valid session. */
interface FoundSession {
  session: ConsoleSession;
  /** Null if the person has several accounts and the request names none of them. */
  caller: ApiCaller | null;
  /** Accounts of a person who has several; otherwise empty. */
  accounts: readonly AccountGrant[];
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Header in which a person with several accounts names the account to act for. */
const ACCOUNT_HEADER = 'x-hookline-account';

/** Identifies the sender of a request with the cookie of the console (ADR 45, ADR 48). */
export class ConsoleSessions {
  readonly #deps: ConsoleSessionsDeps;

  constructor(deps: ConsoleSessionsDeps) {
    this.#deps = deps;
  }

  /**
   * Returns the session of a request with its caller; null if there is no session, or its key or groups are no longer
   * valid.
   * @throws ProblemError 429 if the address has failed too often and the session was not valid on this instance before;
   * 403 if the person has no rights for the account that the request names; 404 if that account does not exist
   */
  async find(request: FastifyRequest): Promise<FoundSession | null> {
    const { seal, failures, knownSessions, now } = this.#deps;
    const cookie = cookieOf(request, SESSION_COOKIE);
    const session = cookie === null ? null : seal.open(cookie, now());
    if (!session) return null;
    const name = digestOf(session);
    const waitSeconds = failures.retryAfterSeconds(request.ip, now());
    if (waitSeconds > 0 && !knownSessions.has(name)) throw tooManyFailures(waitSeconds);
    const found = session.person ? await this.#person(session, request) : await this.#holder(session);
    if (found) knownSessions.noteUsed([name]);
    else knownSessions.note(name, null);
    return found;
  }

  /**
   * Returns the caller of a request with a cookie; null if the request has no valid session.
   * @throws ProblemError as `find` does; 401 if the session has ended; 403 if the request changes something without the
   * token of its session; 400 if the person has several accounts and the request names none
   */
  async callerOf(request: FastifyRequest): Promise<ApiCaller | null> {
    const found = await this.find(request);
    if (!found && this.hasEnded(request)) throw unauthenticated();
    if (!found) return null;
    if (!SAFE_METHODS.has(request.method)) requireToken(request, found.session);
    if (found.caller) return found.caller;
    const detail = `You have several accounts; name one of them in the header ${ACCOUNT_HEADER}`;
    throw new ProblemError(400, 'invalid_request', detail, {
      errors: [{ field: ACCOUNT_HEADER, message: 'is required' }],
    });
  }

  /**
   * Whether the session of a request is genuine but has expired. Such a request is not a guess, so it must not count as
   * a failure.
   */
  hasEnded(request: FastifyRequest): boolean {
    const cookie = cookieOf(request, SESSION_COOKIE);
    return cookie !== null && this.#deps.seal.hasEnded(cookie, this.#deps.now());
  }

  async #holder(session: ConsoleSession & { person?: undefined }): Promise<FoundSession | null> {
    const { keyId, expiresAt: endsAt } = session;
    if (keyId === null) return { session, caller: { kind: 'admin', endsAt }, accounts: [] };
    const caller = await this.#deps.findCallerById(keyId);
    return caller && { session, caller: { ...caller, endsAt }, accounts: [] };
  }

  async #person(
    session: Exclude<ConsoleSession, { person?: undefined }>,
    request: FastifyRequest,
  ): Promise<FoundSession | null> {
    const { person, expiresAt: endsAt } = session;
    const { isAdmin, accounts } = this.#deps.grantsOf(session.groups);
    if (isAdmin) return { session, caller: { kind: 'admin', person, endsAt }, accounts: [] };
    if (accounts.length === 0) return null;
    const grant = namedGrant(accounts, request);
    if (!grant) return { session, caller: null, accounts };
    const rates = await this.#deps.ratesOf(grant.accountId);
    if (!rates && accounts.length > 1) throw notFound('Account');
    if (!rates) return null;
    const caller: AccountCaller = { kind: 'account', ...grant, keyId: null, person, rates, endsAt };
    return { session, caller, accounts: accounts.length === 1 ? [] : accounts };
  }
}

/**
 * Returns the rights of a person for the account that the request names, or for their only account; null if the request
 * has to name an account.
 * @throws ProblemError 403 if the person has no rights for the named account
 */
function namedGrant(accounts: readonly AccountGrant[], { headers }: FastifyRequest): AccountGrant | null {
  const named = headers[ACCOUNT_HEADER];
  if (named === undefined) return accounts.length === 1 ? (accounts[0] ?? null) : null;
  const grant = accounts.find(({ accountId }) => accountId === decoded(String(named)));
  if (grant) return grant;
  throw new ProblemError(
    403,
    'forbidden',
    `Your groups give you no access to the account in ${ACCOUNT_HEADER}; name one of your accounts`,
  );
}

/** Decodes the id of an account, which is percent-encoded because it may contain characters that a header cannot. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the name under which the holder of a session is remembered. */
function digestOf(session: ConsoleSession): Buffer {
  const who = session.person ? ['person', session.person.subject] : ['key', session.keyId];
  return createHash('sha256').update(JSON.stringify(who)).digest();
}

/** @throws ProblemError 403 if the request does not repeat the token of its session */
export function requireToken({ headers }: FastifyRequest, { csrf }: ConsoleSession): void {
  const sent = Buffer.from(String(headers['x-hookline-csrf'] ?? ''));
  const wanted = Buffer.from(csrf);
  if (sent.length === wanted.length && timingSafeEqual(sent, wanted)) return;
  throw new ProblemError(
    403,
    'csrf',
    'A request with the cookie of the console must repeat the token of its session in x-hookline-csrf',
  );
}
