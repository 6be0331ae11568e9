import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/**
 * The service uses plain HTTP. The directive and the header that are disabled here would make a browser use https,
 * which works only behind a proxy that terminates TLS. Without such a proxy, /docs would stay blank on every host name
 * except localhost, which browsers exempt. A proxy that terminates TLS can add HSTS.
 */
const OPTIONS = {
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  strictTransportSecurity: false,
} satisfies Parameters<typeof helmet>[0];

/** Sends the headers that helmet recommends. They are the same for each response, so helmet creates them only once. */
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
