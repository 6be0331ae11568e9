import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccountCaller, ApiCaller } from './caller.ts';
import { accessRefusal } from './caller.ts';
import type { FailureLimiter } from './failure-limiter.ts';
import { ProblemError } from './problem-error.ts';

interface AuthenticationDeps {
  /** Finds the caller that an API key belongs to; null for any other text. */
  findCaller(apiKey: string): Promise<AccountCaller | null>;
  failures: FailureLimiter;
  /** Called for each request without a valid key. */
  failed(): void;
}

/** Makes every route of `api` require a key that satisfies its `config.access`. */
export function installAuthentication(
  api: FastifyInstance,
  deps: AuthenticationDeps,
  options: { adminKey: string },
): void {
  const adminDigest = digest(options.adminKey);
  const identify = async (key: string, mayTryAdmin: boolean): Promise<ApiCaller | null> => {
    if (mayTryAdmin && timingSafeEqual(digest(key), adminDigest)) return { kind: 'admin' };
    return deps.findCaller(key);
  };

  api.addHook('onRoute', ({ url, config }) => {
    if (!config?.access) throw new Error(`route ${url} does not define who may use it; set config.access`);
  });
  api.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    if (!access) return;
    // After too many failures an address may no longer try the admin key. API keys are 256 random bits, so they are still
    // accepted: clients behind the same proxy as an attacker are not locked out.
    const waitSeconds = deps.failures.retryAfterSeconds(request.ip, Date.now());
    const key = bearerToken(request);
    const caller = key === null ? null : await identify(key, waitSeconds === 0);
    if (!caller) {
      deps.failed();
      if (waitSeconds > 0) throw tooManyFailures(waitSeconds);
      deps.failures.recordFailure(request.ip, Date.now());
      throw unauthenticated();
    }
    const reason = accessRefusal(caller, access);
    if (reason !== null) throw new ProblemError(403, 'forbidden', reason);
    request.caller = caller;
  });
}

function bearerToken(request: FastifyRequest): string | null {
  return /^Bearer +([\x21-\x7e]{1,500})$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/** Hashes a key, so that the comparison always has inputs of equal length. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function unauthenticated(): ProblemError {
  return new ProblemError(401, 'unauthenticated', 'Send a valid API key: "Authorization: Bearer <api key>"', {
    headers: { 'www-authenticate': 'Bearer' },
  });
}

function tooManyFailures(seconds: number): ProblemError {
  return new ProblemError(429, 'too_many_failures', `Too many failed authentications; wait ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
}
