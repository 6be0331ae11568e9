import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccountCaller, ApiCaller } from './caller.ts';
import { accessRefusal } from './caller.ts';
import type { FailureLimiter } from './failure-limiter.ts';
import type { KnownCallers } from './known-callers.ts';
import { refuseFlood } from './limit-requests.ts';
import { ProblemError } from './problem-error.ts';
import type { RequestQuotas } from './request-quotas.ts';

/** Tokens of the portal. Unlike keys, they are not stored: a token is genuine if it can be opened. */
interface TokenCallers {
  isToken(text: string): boolean;
  /**
   * Returns the caller of a token; `ended` if the token is genuine but has expired; null if it was not created here, or
   * if its key or account is no longer valid.
   */
  findCaller(token: string): Promise<AccountCaller | 'ended' | null>;
}

interface IdentificationDeps {
  /** Returns the caller to which an API key belongs; null for any other text. */
  findCaller(apiKey: string): Promise<AccountCaller | null>;
  portalTokens: TokenCallers;
  failures: FailureLimiter;
  knownCallers: KnownCallers;
  quotas: RequestQuotas;
  now: () => number;
  /**
   * Called if `Identify` finds no caller: the key or token is missing or invalid, or the key is not accepted because
   * its address has failed too often. Not called for a genuine token that has expired.
   */
  failed(): void;
}

/**
 * Returns the caller of a key or portal token. Rejects a request without a valid key or token, and any possible guess
 * from an address that has failed too often. A genuine portal token that has expired is not a guess, so it does not
 * count against its address.
 * @throws ProblemError 401, 429
 */
export type Identify = (key: string | null, exchange: Exchange) => Promise<ApiCaller>;

interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
}

export function createIdentify(deps: IdentificationDeps, options: { adminKey: string }): Identify {
  const adminDigest = digest(options.adminKey);
  const { failures, knownCallers, portalTokens, now } = deps;
  const callerOf = async (key: string, isLimited: boolean, exchange: Exchange): Promise<ApiCaller | null> => {
    if (portalTokens.isToken(key)) {
      // Tokens are not remembered, because a key can create any number of them, which would displace the remembered
      // keys. They need no limit, because a token that can be opened is not a guess.
      const caller = await portalTokens.findCaller(key);
      if (caller === 'ended') throw unauthenticated();
      return caller;
    }
    const keyDigest = digest(key);
    if (!isLimited && timingSafeEqual(keyDigest, adminDigest)) return { kind: 'admin' };
    // Guesses from an address that has failed too often must not cost queries.
    if (isLimited && !knownCallers.has(keyDigest)) return null;
    const known = knownCallers.get(keyDigest);
    if (known) refuseFlood({ ...exchange, caller: known }, deps);
    const caller = await deps.findCaller(key);
    knownCallers.note(keyDigest, caller);
    return caller;
  };
  return async (key, exchange) => {
    // From an address with too many failures, the admin key and keys that `knownCallers` does not have are rejected.
    // Portal tokens and known keys are still accepted, so that clients behind the same proxy as an attacker are not
    // locked out.
    const { ip } = exchange.request;
    const waitSeconds = failures.retryAfterSeconds(ip, now());
    const isLimited = waitSeconds > 0;
    const caller = key === null ? null : await callerOf(key, isLimited, exchange);
    if (caller) return caller;
    deps.failed();
    if (isLimited) throw tooManyFailures(waitSeconds);
    failures.recordFailure(ip, now());
    throw unauthenticated();
  };
}

interface AuthenticationDeps {
  identify: Identify;
  sessions: { callerOf(request: FastifyRequest): Promise<ApiCaller | null> };
}

/** Makes every route of `api` require a key, token or console session that satisfies the route's `config.access`. */
export function installAuthentication(
  api: FastifyInstance,
  { identify, sessions }: AuthenticationDeps,
): void {
  api.addHook('onRoute', ({ url, config }) => {
    if (!config?.access) throw new Error(`route ${url} does not define who may use it; set config.access`);
  });
  api.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (!access) return;
    const isSession = request.headers.authorization === undefined;
    const caller =
      (isSession ? await sessions.callerOf(request) : null) ??
      (await identify(bearerToken(request), { request, reply }));
    const reason = accessRefusal(caller, access);
    if (reason !== null) throw new ProblemError(403, 'forbidden', reason);
    // Copied, because requests with the same key may share the remembered caller.
    request.caller = { ...caller, address: request.ip };
  });
}

/** Returns the API key or portal token in a request; null if there is none. */
export function bearerToken(request: FastifyRequest): string | null {
  // Long enough for a portal token with a long account id and a long user id.
  return /^Bearer +([\x21-\x7e]{1,3000})$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/** Hashes a key, so that the comparison always has inputs of equal length. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export function unauthenticated(): ProblemError {
  return new ProblemError(401, 'unauthenticated', 'Send a valid API key: "Authorization: Bearer <api key>"', {
    headers: { 'www-authenticate': 'Bearer' },
  });
}

export function tooManyFailures(seconds: number): ProblemError {
  return new ProblemError(429, 'too_many_failures', `Too many failed authentications; wait ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
}
