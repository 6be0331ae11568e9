import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Metrics } from '@hookline/shared/runtime/metrics';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { accountRoutes } from './accounts/account-routes.ts';
import type { Accounts } from './accounts/accounts.ts';
import { actionRoutes } from './actions/action-routes.ts';
import type { Actions } from './actions/actions.ts';
import type { ApiMetrics } from './api-metrics.ts';
import { apiKeyRoutes } from './api-keys/api-key-routes.ts';
import type { ApiKeys } from './api-keys/api-keys.ts';
import { deadLetterRoutes } from './dead-letters/dead-letter-routes.ts';
import type { DeadLetterAdmin } from './dead-letters/dead-letters.ts';
import { endpointRoutes } from './endpoints/endpoint-routes.ts';
import type { ListEndpoints } from './endpoints/redis-endpoints.ts';
import { executionRoutes } from './executions/execution-routes.ts';
import type { History } from './executions/pg-history.ts';
import type { RequestExecution } from './executions/request-execution.ts';
import { installAuthentication } from './http/authenticate.ts';
import { installErrorHandler } from './http/error-handler.ts';
import { createFailureLimiter } from './http/failure-limiter.ts';
import { installJsonParser } from './http/json-parser.ts';
import { installOpenApi } from './http/openapi.ts';
import { operationsRoutes } from './http/operations-routes.ts';
import type { CheckReadiness } from './http/readiness.ts';
import type { ServingGate } from './http/serving-gate.ts';
import { createValidatorCompiler } from './http/validator.ts';
import type { MakeTestCall } from './test-calls/make-test-call.ts';
import { testCallRoutes } from './test-calls/test-call-routes.ts';

interface AppDeps {
  gate: ServingGate;
  accounts: Accounts;
  apiKeys: ApiKeys;
  actions: Actions;
  makeTestCall: MakeTestCall;
  requestExecution: RequestExecution;
  history: History;
  listEndpoints: ListEndpoints;
  deadLetters: DeadLetterAdmin;
  readiness: CheckReadiness;
  metrics: Metrics;
  apiMetrics: ApiMetrics;
  logger: Logger;
}

interface AppOptions {
  adminKey: string;
}

/** A context of 1 MiB or a payload template of 1 MiB, written as JSON with escapes. */
const BODY_LIMIT_BYTES = 2.5 * 1_048_576;
/** Longest time to receive a whole request; answers may take longer (Prefer: wait). */
const REQUEST_TIMEOUT_MS = 30_000;
const FAILURES = { maxFailures: 20, windowMs: 60_000, maxAddresses: 10_000 };

/**
 * The service speaks plain HTTP. Both headers that are switched off here would send a browser to https, where nobody
 * answers unless a proxy speaks TLS for it: /docs stayed blank on every host name but localhost, which browsers exempt.
 * HSTS is for the proxy to send, for the same reason.
 */
const SECURITY_HEADERS: FastifyHelmetOptions = {
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  strictTransportSecurity: false,
};

/** Builds the HTTP side. It does not listen yet. */
export async function buildHttpApi(deps: AppDeps, options: AppOptions): Promise<FastifyInstance> {
  // Fastify's plugins are typed for its own, narrower logger.
  const loggerInstance: FastifyBaseLogger = deps.logger;
  const app = Fastify({
    loggerInstance,
    // Errors of ours are logged by the error handler; a line per request would tell what metrics tell.
    disableRequestLogging: true,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: 300 },
  });
  app.setValidatorCompiler(createValidatorCompiler());
  installErrorHandler(app);
  installJsonParser(app);
  app.decorateRequest('caller', null);
  await app.register(helmet, SECURITY_HEADERS);
  await installOpenApi(app);
  observeRequests(app, deps.apiMetrics);
  operationsRoutes(app, deps);
  await app.register(
    (api) => {
      deps.gate.guard(api);
      installAuthentication(
        api,
        {
          findCaller: (key) => deps.apiKeys.findCaller(key),
          failures: createFailureLimiter(FAILURES),
          failed: () => deps.apiMetrics.authenticationFailures.inc(),
        },
        options,
      );
      accountRoutes(api, deps.accounts);
      apiKeyRoutes(api, deps.apiKeys);
      actionRoutes(api, deps.actions);
      testCallRoutes(api, deps.makeTestCall);
      executionRoutes(api, deps);
      endpointRoutes(api, deps.listEndpoints);
      deadLetterRoutes(api, deps.deadLetters);
      return Promise.resolve();
    },
    { prefix: '/api/v1' },
  );
  return app;
}

function observeRequests(app: FastifyInstance, { requestSeconds }: ApiMetrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    // The route's pattern, never the path: ids would make a series each.
    const route = request.routeOptions.url ?? 'none';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    requestSeconds.observe(labels, reply.elapsedTime / 1_000);
    done();
  });
}
