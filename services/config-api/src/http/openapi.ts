import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { Problem } from '@hookline/shared/contracts/rest/problem';
import type { FastifyInstance } from 'fastify';
import { finishDocument } from './finish-document.ts';
import { NAMED_SCHEMAS } from './named-schemas.ts';

const PROBLEM_ID = 'Problem';

const PROBLEMS = {
  400: 'The request cannot be read: malformed JSON, or an invalid query',
  401: 'No valid API key',
  403: 'The key does not permit this',
  404: 'Not found, or the object belongs to another account',
  408: 'The request took too long to arrive',
  409: 'Not possible in the current state, or a request with this Idempotency-Key is in progress',
  412: 'The object has changed since it was read, so If-Match does not match',
  413: 'Too large',
  414: 'An id in the path is too long',
  415: 'Not JSON',
  422: 'Fields of the body, or the filter or account_id in the query, are invalid, and all of them are listed; or the Idempotency-Key or the cursor belongs to another request',
  429: 'Too many failed authentications, or a limit on requests of the key, the account, the instance or this route is reached. RateLimit-Policy and RateLimit state the quotas of key and account; Retry-After is the time to wait in seconds',
  431: 'The request line and the headers together are too large',
  500: 'Internal error',
  503: 'Not possible right now, for instance while the service starts; Retry-After is the time to wait in seconds',
} as const;
type ProblemStatus = keyof typeof PROBLEMS;

/** Problems that every route under /api/v1 may return. */
const ALWAYS: ProblemStatus[] = [400, 401, 403, 408, 414, 429, 431, 500, 503];

/** Builds the response schemas of these problems, and of those that every route may return. */
export function problems(...statuses: ProblemStatus[]): Record<number, object> {
  return Object.fromEntries(
    [...ALWAYS, ...statuses].map((status) => [
      status,
      {
        description: PROBLEMS[status],
        content: { 'application/problem+json': { schema: { $ref: `${PROBLEM_ID}#` } } },
      },
    ]),
  );
}

/**
 * Adds `/docs` and `/openapi.json`, which are generated from the schemas used for validation. Must be called before
 * routes are added.
 */
export async function installOpenApi(app: FastifyInstance): Promise<void> {
  app.addSchema({ ...Problem, $id: PROBLEM_ID });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Hookline',
        version: '1',
        description: 'Webhook actions of workflows: their configuration, executions and history.',
      },
      components: {
        securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
        // Swagger's types cover only OpenAPI 3.0.
        schemas: NAMED_SCHEMAS as Record<string, object>,
      },
      security: [{ apiKey: [] }],
    },
    transformObject: (built) =>
      'openapiObject' in built ? finishDocument(built.openapiObject) : built.swaggerObject,
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, i) => (typeof $id === 'string' ? $id : `schema-${i}`),
    },
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}
