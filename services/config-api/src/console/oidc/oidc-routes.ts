import type { Logger } from '@hookline/shared/runtime/logger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomNonce, randomPKCECodeVerifier, randomState } from 'openid-client';
import { Type } from 'typebox';
import type { RatesOf } from '../../accounts/account-rates.ts';
import type { Api } from '../../http/api.ts';
import type { FailureLimiter } from '../../http/failure-limiter.ts';
import type { JsonSeal } from '../../sealing/json-seal.ts';
import { cookieOf, type SealedCookie, SESSION_COOKIE, setCookie } from '../sessions/session-cookie.ts';
import type { SessionSeal } from '../sessions/session-seal.ts';
import { ExchangeSlots } from './exchange-slots.ts';
import { type GrantsOf, groupId, type GroupMapping } from './group-mapping.ts';
import type { IdentityProvider, LoginChecks } from './identity-provider.ts';
import { returnAddress } from './return-address.ts';

/** A sign-in in progress, as stored in its cookie. */
export type PendingLogin = LoginChecks & {
  returnTo: string;
  /** Epoch ms. */
  expiresAt: number;
};

/** Components and settings for signing in through the identity provider. */
export interface OidcSide {
  provider: Pick<IdentityProvider, 'addressFor' | 'arrival'>;
  pendingSeal: JsonSeal<PendingLogin>;
  /** Whether the address of the console uses https. */
  isSecure: boolean;
  /** Name of the provider on the sign-in page. */
  name: string;
  issuer: string;
  mapping: GroupMapping;
  grantsOf: GrantsOf;
  sessionMs: number;
}

interface OidcRoutesDeps extends OidcSide {
  ratesOf: RatesOf;
  seal: SessionSeal;
  failures: FailureLimiter;
  now: () => number;
  logger: Logger;
}

/** Reason why a sign-in failed; the console has a text for each. */
type Failure = 'expired' | 'denied' | 'provider' | 'unavailable' | 'no_account' | 'busy';

const PENDING_COOKIE: SealedCookie = {
  name: 'hookline_oidc',
  path: '/console/oidc',
  // The redirect by the provider comes from another site, and browsers do not send a Strict cookie with it.
  sameSite: 'Lax',
};
const PENDING_MS = 600_000;

/**
 * Adds the two routes for signing in through the identity provider (ADR 48). A failure redirects to a page of the
 * console.
 */
export function oidcRoutes(app: Api, deps: OidcRoutesDeps): void {
  const { provider, pendingSeal, isSecure, now } = deps;
  const slots = new ExchangeSlots(deps);
  /** Runs an exchange with the provider, unless too many are running or the client's address has failed too often. */
  const bounded = async (
    { request, reply }: Exchange,
    exchange: () => Promise<FastifyReply>,
  ): Promise<FastifyReply> => {
    using slot = slots.enter(request.ip);
    if (!slot) return fail({ request, reply }, deps, { reason: 'busy' });
    try {
      return await exchange();
    } catch (error) {
      return fail({ request, reply }, deps, { reason: reasonOf(error), error });
    }
  };

  app.get('/oidc/start', {
    schema: { hide: true, querystring: Type.Object({ return_to: Type.Optional(Type.String()) }) },
    handler: (request, reply) =>
      bounded({ request, reply }, async () => {
        const pending: PendingLogin = {
          state: randomState(),
          nonce: randomNonce(),
          verifier: randomPKCECodeVerifier(),
          returnTo: returnAddress(request.query.return_to),
          expiresAt: now() + PENDING_MS,
        };
        const address = await provider.addressFor(pending);
        setCookie(reply, { ...PENDING_COOKIE, isSecure }, pendingSeal.seal(pending), PENDING_MS / 1_000);
        return reply.redirect(address.href, 303);
      }),
  });

  app.get('/oidc/callback', {
    schema: { hide: true },
    handler: (request, reply) => {
      const pending = pendingOf(request, deps);
      setCookie(reply, { ...PENDING_COOKIE, isSecure }, '', 0);
      if (!pending) return fail({ request, reply }, deps, { reason: 'expired' });
      // The sign-in was started in this browser, so the request is not a guess and is not counted as a failure.
      if (pending.expiresAt <= now()) return redirectToFailure(reply, 'expired');
      return bounded({ request, reply }, () => arrive({ request, reply }, pending, deps));
    },
  });
}

interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
}

/**
 * Returns the sign-in that this browser started, even if it has expired; null if it started none, or if the callback
 * belongs to another sign-in.
 */
function pendingOf(request: FastifyRequest, { pendingSeal }: OidcRoutesDeps): PendingLogin | null {
  const cookie = cookieOf(request, PENDING_COOKIE);
  const pending = cookie === null ? null : pendingSeal.open(cookie);
  const { state } = request.query as { state?: unknown };
  return pending && state === pending.state ? pending : null;
}

async function arrive(
  { request, reply }: Exchange,
  pending: PendingLogin,
  deps: OidcRoutesDeps,
): Promise<FastifyReply> {
  const { provider, mapping, issuer, seal, sessionMs, isSecure, now, logger } = deps;
  const search = request.url.slice(request.url.indexOf('?'));
  const { person, groups, endsAt } = await provider.arrival(search, pending);
  const own = mapping
    .filter(({ group }) => groups.includes(group))
    .map(({ group }) => groupId(issuer, group));
  if (!(await opensAnything(own, deps))) {
    logger.warn(
      { subject: person.subject, groups: groups.length, mapped: own.length },
      'refused a sign-in, because no group of the person is in HOOKLINE_OIDC_GROUPS or no account of these groups exists; add a group or create an account',
    );
    return fail({ request, reply }, deps, { reason: 'no_account' });
  }
  const expiresAt = Math.min(now() + sessionMs, endsAt ?? Infinity);
  const { cookie } = seal.start({ person, groups: own }, expiresAt);
  setCookie(
    reply,
    { ...SESSION_COOKIE, isSecure },
    cookie,
    Math.max(Math.floor((expiresAt - now()) / 1_000), 0),
  );
  return reply.redirect(pending.returnTo, 303);
}

/** Whether groups grant the rights of the operator, or access to an account that exists. */
async function opensAnything(
  groupIds: readonly string[],
  { grantsOf, ratesOf }: OidcRoutesDeps,
): Promise<boolean> {
  const { isAdmin, accounts } = grantsOf(groupIds);
  if (isAdmin) return true;
  const rates = await Promise.all(accounts.map(({ accountId }) => ratesOf(accountId)));
  return rates.some((one) => one !== null);
}

/**
 * Redirects the person to a page that explains the failure. Counts the failure against the client address, unless the
 * exchange was not begun or the provider was unavailable. Logs the error, if any, without its tokens and claims.
 */
function fail(
  { request, reply }: Exchange,
  { failures, now, logger }: OidcRoutesDeps,
  { reason, error }: { reason: Failure; error?: unknown },
): FastifyReply {
  if (reason !== 'busy' && reason !== 'unavailable') failures.recordFailure(request.ip, now());
  if (error !== undefined) {
    logger.warn(
      { reason, problem: problemOf(error) },
      'signing in through the provider failed; the person can try again or sign in with a key',
    );
  }
  return redirectToFailure(reply, reason);
}

function redirectToFailure(reply: FastifyReply, reason: Failure): FastifyReply {
  return reply.redirect(`/console/sign-in/failed?reason=${reason}`, 303);
}

/**
 * Describes an error only by its messages and its OAuth error code, because errors from the library may contain claims
 * and responses of the provider.
 */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const code = (error as { error?: unknown }).error;
  const parts = [error.message, typeof code === 'string' ? code : null];
  if (cause instanceof Error) parts.push(cause.message);
  return parts
    .filter((part) => part !== null)
    .join(': ')
    .slice(0, 500);
}

/** Names and library codes of errors that indicate that the provider did not respond in time. */
const NO_RESPONSE = new Set(['TimeoutError', 'AbortError', 'OAUTH_TIMEOUT', 'OAUTH_ABORT']);

function reasonOf(error: unknown): Failure {
  if (!(error instanceof Error)) return 'provider';
  const { code, error: refusal, status } = error as { code?: unknown; error?: unknown; status?: unknown };
  if (code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR')
    return refusal === 'access_denied' ? 'denied' : 'provider';
  // The token endpoint refused the code because it was already used or has expired.
  if (refusal === 'invalid_grant') return 'expired';
  const isSilent = NO_RESPONSE.has(error.name) || NO_RESPONSE.has(String(code)) || error instanceof TypeError;
  if (isSilent || (typeof status === 'number' && status >= 500)) return 'unavailable';
  return error.cause instanceof Error && error.cause !== error ? reasonOf(error.cause) : 'provider';
}
