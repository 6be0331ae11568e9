import type { Metrics } from '@hookline/shared/runtime/metrics';
import type { FastifyInstance } from 'fastify';
import type { CheckReadiness } from './readiness.ts';

/** Adds `/healthz`, `/readyz` and `/metrics`, which require no key, as in every service. */
export function operationsRoutes(
  app: FastifyInstance,
  deps: { metrics: Metrics; readiness: CheckReadiness },
): void {
  const schema = { hide: true };
  app.get('/healthz', { schema }, () => ({ status: 'alive' }));
  app.get('/readyz', { schema }, async (_request, reply) => {
    const { status, body } = await deps.readiness();
    return reply.code(status).type('application/json').send(body);
  });
  app.get('/metrics', { schema }, async (_request, reply) => {
    const { registry } = deps.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
