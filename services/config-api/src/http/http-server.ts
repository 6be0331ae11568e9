import type { AddressInfo } from 'node:net';
import type { Part } from '@hookline/shared/runtime/lifecycle';
import type { FastifyInstance } from 'fastify';

export interface HttpServer extends Part {
  /** Port it listens on, once started. */
  port(): number;
}

/** Listens while it runs; a stop lets requests in hand end, after `release` has let go of those that only wait. */
export function createHttpServer(
  deps: { app: FastifyInstance; release: () => void },
  options: { host: string; port: number },
): HttpServer {
  const { app, release } = deps;
  return {
    name: 'http server',
    port: () => (app.server.address() as AddressInfo).port,
    start: async () => {
      await app.listen(options);
    },
    stop: async () => {
      const closing = app.close();
      release();
      await closing;
    },
  };
}
