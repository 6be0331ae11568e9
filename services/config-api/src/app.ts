import type { Logger } from '@hookline/shared/runtime/logger';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { accountRoutes } from './accounts/account-routes.ts';
import type { Accounts } from './accounts/accounts.ts';
import { actionRoutes } from './actions/action-routes.ts';
import type { Actions } from './actions/actions.ts';
import type { Analytics } from './analytics/analytics.ts';
import { analyticsRoutes } from './analytics/analytics-routes.ts';
import type { ReadUsage } from './analytics/usage.ts';
import type { CopyAction } from './actions/copy-action.ts';
import { copyRoutes } from './actions/copy-routes.ts';
import { draftRoutes } from './actions/draft-routes.ts';
import type { Drafts } from './actions/drafts.ts';
import { versionRoutes } from './actions/version-routes.ts';
import type { Versions } from './actions/versions.ts';
import type { ApiMetrics } from './api-metrics.ts';
import { auditLogRoutes } from './audit/audit-log-routes.ts';
import { installCurrentCaller } from './audit/current-caller.ts';
import type { PgAuditLog } from './audit/pg-audit-log.ts';
import { installAdminAccess } from './audit/record-admin-access.ts';
import { apiKeyRoutes } from './api-keys/api-key-routes.ts';
import type { ApiKeys } from './api-keys/api-keys.ts';
import type { Revocations } from './api-keys/revocations.ts';
import { deadLetterRoutes } from './dead-letters/dead-letter-routes.ts';
import type { DeadLetterAdmin } from './dead-letters/dead-letters.ts';
import { endpointActionRoutes } from './endpoints/endpoint-action-routes.ts';
import type { EndpointActions } from './endpoints/endpoint-actions.ts';
import { endpointRoutes } from './endpoints/endpoint-routes.ts';
import type { ListEndpoints } from './endpoints/redis-endpoints.ts';
import { bulkRoutes } from './executions/bulk-routes.ts';
import { cancelRoutes } from './executions/cancel/cancel-routes.ts';
import type { CancelExecutions } from './executions/cancel/cancel-executions.ts';
import { executionRoutes } from './executions/execution-routes.ts';
import type { ExecutionStreams } from './executions/live/execution-streams.ts';
import { executionStreamRoutes } from './executions/live/stream-routes.ts';
import type { History } from './executions/pg-history.ts';
import type { RequestAndWait } from './executions/request-and-wait.ts';
import type { RequestExecutions } from './executions/request-executions.ts';
import { bindCursors } from './http/bind-cursors.ts';
import { createIdentify, type Identify, installAuthentication } from './http/authenticate.ts';
import { type ConsoleSide, consoleRoutes } from './console/console-routes.ts';
import { documentAccess } from './http/document-access.ts';
import { installErrorHandler } from './http/error-handler.ts';
import type { FailureLimiter } from './http/failure-limiter.ts';
import { FRAMEWORK_ANSWERS, installFrameworkAnswers } from './http/framework-answers.ts';
import { healthRoutes } from './http/health-routes.ts';
import { installJsonParser } from './http/json-parser.ts';
import type { KnownCallers } from './http/known-callers.ts';
import {
  createCountRequest,
  createTakeFromQuota,
  installRequestQuotas,
  MAX_BUCKETS,
} from './http/limit-requests.ts';
import { installNamedAccount } from './http/named-account.ts';
import { installOpenApi } from './http/openapi.ts';
import { problemPages } from './http/problem-pages.ts';
import type { CheckReadiness } from './http/readiness.ts';
import { installSecurityHeaders } from './http/security-headers.ts';
import { RequestQuotas } from './http/request-quotas.ts';
import type { ServingGate } from './http/serving-gate.ts';
import { createValidatorCompiler } from './http/validator.ts';
import type { IdempotentResponses } from './idempotency/idempotent-responses.ts';
import { installIdempotency } from './idempotency/install-idempotency.ts';
import { portalTokenRoutes } from './portal/portal-token-routes.ts';
import type { PortalTokens } from './portal/portal-tokens.ts';
import { replayJobRoutes } from './replays/replay-job-routes.ts';
import type { ReplayJobs } from './replays/replay-jobs.ts';
import type { ReplayOne } from './replays/replay-execution.ts';
import { replayRoutes } from './replays/replay-routes.ts';
import type { AuditDb } from './audit/record-audit.ts';
import { ledgerRoutes } from './ledger/ledger-routes.ts';
import type { ReadLedger } from './ledger/pg-ledger.ts';
import type { MakePreview } from './previews/make-preview.ts';
import { previewRoutes } from './previews/preview-routes.ts';
import type { MakeTestCall } from './test-calls/make-test-call.ts';
import { testCallRoutes } from './test-calls/test-call-routes.ts';

interface AppDeps {
  gate: ServingGate;
  accounts: Accounts;
  apiKeys: ApiKeys;
  revocations: Revocations;
  knownCallers: KnownCallers;
  failures: FailureLimiter;
  portalTokens: PortalTokens;
  auditLog: PgAuditLog;
  actions: Actions;
  drafts: Drafts;
  versions: Versions;
  copyAction: CopyAction;
  makePreview: MakePreview;
  makeTestCall: MakeTestCall;
  requestAndWait: RequestAndWait;
  requestExecutions: RequestExecutions;
  replayOne: ReplayOne;
  replayJobs: ReplayJobs;
  auditDb: AuditDb;
  history: History;
  executionStreams: Pick<ExecutionStreams, 'open'>;
  cancelExecutions: CancelExecutions;
  listEndpoints: ListEndpoints;
  analytics: Analytics;
  readUsage: ReadUsage;
  endpointActions: EndpointActions;
  deadLetters: DeadLetterAdmin;
  idempotentResponses: IdempotentResponses;
  readLedger: ReadLedger;
  readiness: CheckReadiness;
  apiMetrics: ApiMetrics;
  console: ConsoleSide;
  logger: Logger;
}

interface AppOptions {
  adminKey: string;
  /** Addresses and networks of proxies whose X-Forwarded-For is trusted. */
  trustedProxies: readonly string[];
}

/** Large enough for a context or a payload template of 1 MiB, written as JSON with escapes. */
const BODY_LIMIT_BYTES = 2.5 * 1_048_576;
/** Large enough for an id of 200 characters, each of which is four percent-encoded bytes of UTF-8. */
const MAX_PARAM_LENGTH = 200 * 4 * 3;
/** Maximum time to receive a whole request; responses may take longer (Prefer: wait). */
const REQUEST_TIMEOUT_MS = 30_000;

/** Builds the HTTP application. It does not listen yet. */
export async function buildHttpApi(deps: AppDeps, options: AppOptions): Promise<FastifyInstance> {
  // Fastify's plugins are typed for its own, narrower logger.
  const loggerInstance: FastifyBaseLogger = deps.logger;
  const app = Fastify({
    loggerInstance,
    // The error handler logs internal errors; a line per request would only repeat the metrics.
    disableRequestLogging: true,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    trustProxy: options.trustedProxies.length > 0 && [...options.trustedProxies],
    ...FRAMEWORK_ANSWERS,
  });
  app.setValidatorCompiler(createValidatorCompiler());
  installErrorHandler(app);
  installFrameworkAnswers(app);
  installJsonParser(app);
  app.decorateRequest('caller', null);
  installSecurityHeaders(app);
  await installOpenApi(app);
  observeRequests(app, deps.apiMetrics);
  healthRoutes(app, deps);
  problemPages(app);
  const quotas = new RequestQuotas({ maxBuckets: MAX_BUCKETS });
  const identify = createIdentification(deps, quotas, options);
  const countRequest = createCountRequest({ quotas, now: Date.now });
  await app.register((pages) => consoleRoutes(pages, { ...deps.console, ...deps, identify, countRequest }), {
    prefix: '/console',
  });
  await app.register(
    (api) => {
      forbidCaching(api);
      deps.gate.guard(api);
      installAuthentication(api, { identify, sessions: deps.console.sessions });
      installRequestQuotas(api, { quotas, now: Date.now });
      installIdempotency(api, { responses: deps.idempotentResponses });
      bindCursors(api);
      installNamedAccount(api);
      documentAccess(api);
      installAdminAccess(api, { ...deps, audit: deps.auditLog, now: Date.now });
      installCurrentCaller(api);
      routes(api, deps, quotas);
      return Promise.resolve();
    },
    { prefix: '/api/v1' },
  );
  return app;
}

/** Forbids caching, because responses contain keys and personal data. */
function forbidCaching(api: FastifyInstance): void {
  api.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
}

function routes(api: FastifyInstance, deps: AppDeps, quotas: RequestQuotas): void {
  accountRoutes(api, deps.accounts);
  apiKeyRoutes(api, deps.apiKeys);
  actionRoutes(api, deps.actions);
  draftRoutes(api, deps.drafts);
  versionRoutes(api, deps.versions);
  copyRoutes(api, deps.copyAction);
  previewRoutes(api, deps.makePreview);
  testCallRoutes(api, deps.makeTestCall);
  executionRoutes(api, deps);
  executionStreamRoutes(api, deps.executionStreams);
  bulkRoutes(api, { ...deps, takeFromQuota: createTakeFromQuota({ quotas, now: Date.now }) });
  replayRoutes(api, deps);
  replayJobRoutes(api, deps.replayJobs);
  analyticsRoutes(api, deps);
  cancelRoutes(api, deps.cancelExecutions);
  endpointRoutes(api, deps.listEndpoints);
  endpointActionRoutes(api, deps.endpointActions);
  deadLetterRoutes(api, deps.deadLetters);
  auditLogRoutes(api, deps.auditLog);
  portalTokenRoutes(api, deps.portalTokens);
  ledgerRoutes(api, deps.readLedger);
}

function createIdentification(deps: AppDeps, quotas: RequestQuotas, options: AppOptions): Identify {
  return createIdentify(
    {
      ...deps,
      findCaller: (key) => deps.apiKeys.findCaller(key),
      quotas,
      now: Date.now,
      failed: () => deps.apiMetrics.authenticationFailures.inc(),
    },
    options,
  );
}

function observeRequests(app: FastifyInstance, { requestSeconds }: ApiMetrics): void {
  // Cached, because hashing labels takes longer than the measurement itself. Routes and statuses limit the number of
  // entries.
  const known = new Map<string, ReturnType<typeof requestSeconds.labels>>();
  app.addHook('onResponse', (request, reply, done) => {
    // A stream lasts as long as its client reads it, so its duration would distort the metric.
    if (request.routeOptions.config.isStream && reply.statusCode === 200) return done();
    // The route's pattern, never the path, because each id in a path would create a time series.
    const route = request.routeOptions.url ?? 'none';
    const status = String(reply.statusCode);
    const name = `${request.method} ${status} ${route}`;
    const series = known.get(name) ?? requestSeconds.labels({ method: request.method, route, status });
    known.set(name, series);
    series.observe(reply.elapsedTime / 1_000);
    done();
  });
}
