import type { AddressInfo } from 'node:net';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { FastifyInstance } from 'fastify';
import type { ServingGate } from './serving-gate.ts';

/**
 * The HTTP server as two components, because it must start first and also stop first: `listening` is the first
 * component, so that `/healthz` and `/readyz` respond while the service waits for its stores; `serving` is the last one
 * and opens the API.
 */
interface HttpServer {
  listening: Component;
  /** Its stop calls `release` to end requests that only wait, and lets all others finish. */
  serving: Component;
  /** Port that it listens on, once `listening` has started. */
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
      // Already closed, unless the start failed before `serving`.
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
