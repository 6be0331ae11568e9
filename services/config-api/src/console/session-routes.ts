import {
  ConsoleSessionView,
  CreateConsoleSession,
  SignInOptions,
} from '@hookline/shared/contracts/rest/console-sessions';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Api } from '../http/api.ts';
import { type Identify, unauthenticated } from '../http/authenticate.ts';
import type { ApiCaller } from '../http/caller.ts';
import type { FailureLimiter } from '../http/failure-limiter.ts';
import { isoTime } from '../http/iso-time.ts';
import { problems } from '../http/openapi.ts';
import { ProblemError } from '../http/problem-error.ts';
import { type ConsoleSessions, requireToken } from './console-sessions.ts';
import type { CountRequest } from '../http/limit-requests.ts';
import { cookieOf, SESSION_COOKIE, setCookie } from './sessions/session-cookie.ts';
import { SESSION_MS, type SessionSeal } from './sessions/session-seal.ts';

interface SessionRoutesDeps {
  seal: SessionSeal;
  sessions: ConsoleSessions;
  identify: Identify;
  failures: FailureLimiter;
  countRequest: CountRequest;
  keyName: (caller: ApiCaller) => Promise<string>;
  environment: { name: string; colour: string } | null;
  /** Null if people sign in only with keys. */
  oidc: { name: string } | null;
  now: () => number;
}

type Found = NonNullable<Awaited<ReturnType<ConsoleSessions['find']>>>;

const tags = ['Console'];

/** Adds the routes for signing in to and out of the console (ADR 45). */
export function sessionRoutes(app: Api, deps: SessionRoutesDeps): void {
  const { seal, sessions, failures, now, oidc } = deps;

  /** Finds the session of a request, and counts the request against the quota of its key or account. */
  const find = async (request: FastifyRequest, reply: FastifyReply): Promise<Found | null> => {
    const found = await sessions.find(request);
    if (found?.caller) deps.countRequest({ request, reply, caller: found.caller });
    // A request without a cookie is not a guess: the console sends such a request to check whether there is a session.
    const isFailure = !found && cookieOf(request, SESSION_COOKIE) !== null && !sessions.hasEnded(request);
    if (isFailure) failures.recordFailure(request.ip, now());
    return found;
  };

  app.post('/session', {
    schema: {
      tags,
      hide: true,
      body: CreateConsoleSession,
      response: { 200: ConsoleSessionView, ...problems(401, 422, 429) },
    },
    handler: async (request, reply) => {
      const caller = await deps.identify(request.body.api_key, { request, reply });
      if (caller.kind === 'account' && caller.isPortal) {
        throw new ProblemError(
          403,
          'forbidden',
          'A portal token cannot sign in to the console; use an API key',
        );
      }
      const keyId = caller.kind === 'admin' ? null : caller.keyId;
      const { session, cookie } = seal.start({ keyId }, now() + SESSION_MS);
      setCookie(reply, SESSION_COOKIE, cookie, SESSION_MS / 1_000);
      return viewOf({ session, caller, accounts: [] }, deps);
    },
  });

  app.get('/session', {
    schema: { tags, hide: true, response: { 200: ConsoleSessionView, ...problems(401) } },
    handler: async (request, reply) => {
      const found = await find(request, reply);
      if (!found) throw unauthenticated();
      return viewOf(found, deps);
    },
  });

  app.delete('/session', {
    schema: { tags, hide: true, response: { 204: Type.Null(), ...problems(403) } },
    handler: async (request, reply) => {
      const found = await find(request, reply);
      if (found) requireToken(request, found.session);
      setCookie(reply, SESSION_COOKIE, '', 0);
      return reply.code(204).send(null);
    },
  });

  app.get('/sign-in-options', {
    schema: { tags, hide: true, response: { 200: SignInOptions } },
    handler: () => ({ provider: oidc && oidc.name }),
  });
}

async function viewOf(
  { session, caller, accounts }: Found,
  { keyName, environment }: SessionRoutesDeps,
): Promise<ConsoleSessionView> {
  const { person } = session;
  const isAdmin = caller?.kind === 'admin';
  return {
    kind: isAdmin ? 'admin' : 'account',
    account_id: caller?.kind === 'account' ? caller.accountId : null,
    name: person || !caller ? nameOf(person) : await keyName(caller),
    scopes: caller?.kind === 'account' ? [...caller.scopes] : [],
    accounts: accounts.map(({ accountId, scopes }) => ({ account_id: accountId, scopes: [...scopes] })),
    csrf: session.csrf,
    expires_at: isoTime(session.expiresAt),
    environment,
  };
}

function nameOf(person: Found['session']['person']): string {
  return person?.name ?? person?.email ?? person?.subject ?? '';
}
