import type { AddressInfo } from 'node:net';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { FastifyInstance } from 'fastify';
import type { ServingGate } from './serving-gate.ts';

/**
 * The HTTP side in two parts, because it listens before everything else and stops before everything else: `listening`
 * is the first part, so that `/healthz` and `/readyz` answer while the service waits for its stores, and `serving` the
 * last, which opens the API.
 */
interface HttpServer {
  listening: Component;
  /** Its stop lets requests in hand end, after `release` has let go of those that only wait. */
  serving: Component;
  /** Port it listens on, once `listening` has started. */
  port(): number;
}

export function createHttpServer(
  deps: { app: FastifyInstance; gate: ServingGate; release: () => void },
  options: { host: string; port: number },
): HttpServer {
  const { app, gate, release } = deps;
  return {
    port: () => (app.server.address() as AddressInfo).port,
    listening: component('http server', {
      start: async () => {
        await app.listen(options);
      },
      // Closed already, unless the start did not get as far as `serving`.
      stop: () => app.close(),
    }),
    serving: component('api', {
      start: () => gate.open(),
      stop: async () => {
        const closing = app.close();
        release();
        await closing;
      },
    }),
  };
}
