import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { FastifyInstance } from 'fastify';
import type { ServingGate } from './serving-gate.ts';

/**
 * The HTTP server as two components, because it must both start first and stop first. `listening` is the first
 * component, so that `/healthz` and `/readyz` respond while the service waits for its stores. `serving` is the last
 * component and opens the API.
 */
interface HttpServer {
  listening: Component;
  /** Stopping this component ends the requests and streams that only wait, and lets all others finish. */
  serving: Component;
  /** Port on which the server listens, once `listening` has started. */
  port(): number;
}

export function createHttpServer(
  deps: { app: FastifyInstance; gate: ServingGate; waiting: readonly { release(): void }[] },
  options: { host: string; port: number },
): HttpServer {
  const { app, gate, waiting } = deps;
  const closeUnused = trackUnused(app.server);
  return {
    port: () => (app.server.address() as AddressInfo).port,
    listening: component('http server', {
      start: async () => {
        await app.listen(options);
      },
      // The server is already closed, unless the start failed before `serving`.
      stop: () => app.close(),
    }),
    serving: component('api', {
      start: () => gate.open(),
      stop: async () => {
        const closing = app.close();
        for (const each of waiting) each.release();
        closeUnused();
        await closing;
      },
    }),
  };
}

/**
 * Returns a function that closes connections on which no request has begun. Browsers open such connections in advance.
 * When the server closes, Node closes connections that are between two requests, but would wait a minute for a first
 * request.
 */
function trackUnused(server: Server): () => void {
  const unused = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return () => {
    for (const socket of unused) socket.destroy();
  };
}
