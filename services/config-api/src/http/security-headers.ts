import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/**
 * The service uses plain HTTP. Both headers that are disabled here would send a browser to https, which works only
 * behind a proxy that terminates TLS: /docs stayed blank on every host name except localhost, which browsers exempt.
 * For the same reason, HSTS is left to the proxy.
 */
const OPTIONS = {
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  strictTransportSecurity: false,
} satisfies Parameters<typeof helmet>[0];

/** Sends the headers that helmet recommends. They are the same for each response, so helmet writes them once. */
export function installSecurityHeaders(app: FastifyInstance): void {
  const headers = headersOf(helmet(OPTIONS));
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}

function headersOf(write: ReturnType<typeof helmet>): Record<string, string> {
  const headers: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => void (headers[name] = value),
    removeHeader: () => undefined,
  };
  write({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
    if (error) throw error;
  });
  return headers;
}
