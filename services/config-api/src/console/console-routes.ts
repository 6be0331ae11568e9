import type { FastifyInstance } from 'fastify';
import type { ApiKeys } from '../api-keys/api-keys.ts';
import type { Identify } from '../http/authenticate.ts';
import type { ApiCaller } from '../http/caller.ts';
import type { ServingGate } from '../http/serving-gate.ts';
import type { ConsoleSessions } from './console-sessions.ts';
import { sessionRoutes } from './session-routes.ts';
import type { SessionSeal } from './session-seal.ts';
import { serveConsole } from './static-files.ts';

/** What the console needs of the process. */
export interface ConsoleSide {
  seal: SessionSeal;
  sessions: ConsoleSessions;
  /** Folder of its build. */
  dir: string;
  environment: { name: string; colour: string } | null;
}

interface ConsoleRoutesDeps extends ConsoleSide {
  identify: Identify;
  apiKeys: Pick<ApiKeys, 'findCallerById'>;
  gate: ServingGate;
}

/** Serves the console and its sessions (ADR 45). */
export async function consoleRoutes(app: FastifyInstance, deps: ConsoleRoutesDeps): Promise<void> {
  const { apiKeys, gate, dir } = deps;
  const keyName = async (caller: ApiCaller): Promise<string> => {
    if (caller.kind === 'admin') return 'admin key';
    return (await apiKeys.findCallerById(caller.keyId))?.name ?? '';
  };
  await app.register((sessions) => {
    gate.guard(sessions);
    sessions.addHook('onRequest', (_request, reply, done) => {
      reply.header('cache-control', 'no-store');
      done();
    });
    sessionRoutes(sessions, { ...deps, keyName, now: Date.now });
    return Promise.resolve();
  });
  await app.register((pages) => serveConsole(pages, { dir }));
}
