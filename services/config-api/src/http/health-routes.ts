import type { FastifyInstance } from 'fastify';
import type { CheckReadiness } from './readiness.ts';

/**
 * Adds `/healthz` and `/readyz` to the port of the API, for load balancers in front of it. They do not require a key.
 * Metrics, which describe internals of the service, are available only on the operations port.
 */
export function healthRoutes(app: FastifyInstance, deps: { readiness: CheckReadiness }): void {
  const schema = { hide: true };
  app.get('/healthz', { schema }, () => ({ status: 'alive' }));
  app.get('/readyz', { schema }, async (_request, reply) => {
    const { status, body } = await deps.readiness();
    return reply.code(status).type('application/json').send(body);
  });
}
