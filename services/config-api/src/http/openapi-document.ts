import type { FastifyInstance } from 'fastify';

/** Returns the OpenAPI document of an application, which need not have started. */
export async function openApiDocument(app: FastifyInstance): Promise<object> {
  await app.ready();
  return app.swagger();
}
