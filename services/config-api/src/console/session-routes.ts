import { ConsoleSessionView, CreateConsoleSession } from '@hookline/shared/contracts/rest/console-sessions';
import { Type } from 'typebox';
import type { Api } from '../http/api.ts';
import type { ApiCaller } from '../http/caller.ts';
import { isoTime } from '../http/iso-time.ts';
import { problems } from '../http/openapi.ts';
import { type Identify, unauthenticated } from '../http/authenticate.ts';
import { type ConsoleSessions, requireToken } from './console-sessions.ts';
import { type ConsoleSession, SESSION_MS, type SessionSeal } from './session-seal.ts';
import { setCookie } from './session-cookie.ts';

interface SessionRoutesDeps {
  seal: SessionSeal;
  sessions: ConsoleSessions;
  identify: Identify;
  keyName(caller: ApiCaller): Promise<string>;
  environment: { name: string; colour: string } | null;
  now: () => number;
}

const tags = ['Console'];

/** Signing in to the console and out of it (ADR 45). */
export function sessionRoutes(app: Api, deps: SessionRoutesDeps): void {
  const { seal, sessions, environment, now } = deps;
  const viewOf = async (
    caller: ApiCaller,
    { csrf, expiresAt }: ConsoleSession,
  ): Promise<ConsoleSessionView> => ({
    kind: caller.kind,
    account_id: caller.kind === 'admin' ? null : caller.accountId,
    name: await deps.keyName(caller),
    scopes: caller.kind === 'admin' ? [] : [...caller.scopes],
    csrf,
    expires_at: isoTime(expiresAt),
    environment,
  });

  app.post('/session', {
    schema: {
      tags,
      hide: true,
      body: CreateConsoleSession,
      response: { 200: ConsoleSessionView, ...problems(401, 422, 429) },
    },
    handler: async (request, reply) => {
      const caller = await deps.identify(request.body.api_key, { request, reply });
      const { session, cookie } = seal.start(caller.kind === 'admin' ? null : caller.keyId, now());
      setCookie(reply, cookie, SESSION_MS / 1_000);
      return viewOf(caller, session);
    },
  });

  app.get('/session', {
    schema: { tags, hide: true, response: { 200: ConsoleSessionView, ...problems(401) } },
    handler: async (request) => {
      const found = await sessions.find(request);
      if (!found) throw unauthenticated();
      return viewOf(found.caller, found.session);
    },
  });

  app.delete('/session', {
    schema: { tags, hide: true, response: { 204: Type.Null(), ...problems(403) } },
    handler: async (request, reply) => {
      const found = await sessions.find(request);
      if (found) requireToken(request, found.session);
      setCookie(reply, '', 0);
      return reply.code(204).send(null);
    },
  });
}
