import type { Logger } from '@hookline/shared/runtime/logger';
import type { FastifyInstance } from 'fastify';
import type { RatesOf } from '../accounts/account-rates.ts';
import type { ApiKeys } from '../api-keys/api-keys.ts';
import type { Identify } from '../http/authenticate.ts';
import type { ApiCaller } from '../http/caller.ts';
import type { FailureLimiter } from '../http/failure-limiter.ts';
import type { CountRequest } from '../http/limit-requests.ts';
import type { ServingGate } from '../http/serving-gate.ts';
import type { ConsoleSessions } from './console-sessions.ts';
import { oidcRoutes, type OidcSide } from './oidc/oidc-routes.ts';
import { portalSessionRoute } from './portal-session-route.ts';
import { sessionRoutes } from './session-routes.ts';
import type { SessionSeal } from './sessions/session-seal.ts';
import { serveConsole } from './static-files.ts';

/** Parts of the process that the console uses. */
export interface ConsoleSide {
  ratesOf: RatesOf;
  seal: SessionSeal;
  sessions: ConsoleSessions;
  /** Null without an identity provider. */
  oidc: OidcSide | null;
  /** Origins whose pages may embed the portal; the portal is disabled if there are none. */
  portalOrigins: readonly string[];
  /** Folder with the build of the console. */
  dir: string;
  environment: { name: string; colour: string } | null;
}

interface ConsoleRoutesDeps extends ConsoleSide {
  identify: Identify;
  countRequest: CountRequest;
  failures: FailureLimiter;
  apiKeys: Pick<ApiKeys, 'findCallerById'>;
  gate: ServingGate;
  logger: Logger;
}

/** Serves the console and its sessions (ADR 45), the sign-in through a provider (ADR 48) and the portal (ADR 49). */
export async function consoleRoutes(app: FastifyInstance, deps: ConsoleRoutesDeps): Promise<void> {
  const { apiKeys, gate, oidc, portalOrigins } = deps;
  const now = Date.now;
  const keyName = async (caller: ApiCaller): Promise<string> => {
    if (caller.kind === 'admin') return 'admin key';
    return (caller.keyId !== null && (await apiKeys.findCallerById(caller.keyId))?.name) || '';
  };
  await app.register((sessions) => {
    gate.guard(sessions);
    sessions.addHook('onRequest', (_request, reply, done) => {
      reply.header('cache-control', 'no-store');
      done();
    });
    sessionRoutes(sessions, { ...deps, keyName, now });
    if (oidc) oidcRoutes(sessions, { ...deps, ...oidc, now });
    if (portalOrigins.length > 0) portalSessionRoute(sessions, deps);
    return Promise.resolve();
  });
  await app.register((pages) => serveConsole(pages, deps));
}
