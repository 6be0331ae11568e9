import { createPool } from '@hookline/database/pool';
import { schemaStep } from '@hookline/database/schema-step';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import { kafkaDeployment, topicsStep } from '@hookline/shared/deployment/kafka-deployment';
import { createKafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createSchemaRegistry, type SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createTailConsumer } from '@hookline/shared/kafka/consume/tail-consumer';
import { createHealthServer, type HealthServer } from '@hookline/shared/runtime/health-server';
import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import { type App, component, createApp, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics, type Metrics } from '@hookline/shared/runtime/metrics';
import { createRedisClient } from '@hookline/shared/runtime/redis-client';
import { createAccessTokens } from '@hookline/webhook-call/authentication/create-access-tokens';
import { createCaller, USER_AGENT } from '@hookline/webhook-call/call/caller';
import { createEvaluations } from '@hookline/webhook-call/evaluation/pool/create-evaluations';
import { type Keyring, parseKeyring } from '@hookline/credentials/keyring';
import { createDeploymentGuard } from '@hookline/destination-guard/deployment-guard';
import type pg from 'pg';
import { createAccounts } from './accounts/accounts.ts';
import { type Actions, createActions } from './actions/actions.ts';
import { createPauseGone, PAUSE_GONE_EVERY_MS } from './actions/pause-gone.ts';
import { createGoneWebhooks } from './actions/pg-gone-webhooks.ts';
import { createCredentialSealer } from './actions/seal-credential.ts';
import { credentialSealing } from './credential-sealing.ts';
import { createApiMetrics } from './api-metrics.ts';
import { createApiKeys } from './api-keys/api-keys.ts';
import { buildHttpApi } from './app.ts';
import { CLEAN_UP_EVERY_MS, createCleanUp } from './clean-up.ts';
import type { Config } from './config.ts';
import { createDeadLetterAdmin, type DeadLetterAdmin } from './dead-letters/dead-letters.ts';
import { createDeadLetterStore } from './dead-letters/pg-dead-letters.ts';
import { createListEndpoints, ENDPOINTS_ANSWER_MS } from './endpoints/redis-endpoints.ts';
import { createHistory, type History } from './executions/pg-history.ts';
import {
  createIdempotencyKeys,
  PUBLISHED_KEYS,
  withMarksGathered,
} from './executions/pg-idempotency-keys.ts';
import { createRequestExecution } from './executions/request-execution.ts';
import { OutcomeReading, REST_AFTER_MS } from './executions/outcome-reading.ts';
import { createWakeWaiters, OUTCOME_GATHER_MS } from './executions/wake-waiters.ts';
import { createHttpServer } from './http/http-server.ts';
import { openApiDocument } from './http/openapi-document.ts';
import { KnownCallers, MAX_KNOWN_KEYS } from './http/known-callers.ts';
import { PUBLISH_TIMEOUT_MS } from './http/publish-within.ts';
import { type CheckReadiness, createReadiness } from './http/readiness.ts';
import { ServingGate } from './http/serving-gate.ts';
import { createIdempotentResponses, IDEMPOTENCY_LIMITS } from './idempotency/pg-idempotent-responses.ts';
import { createOutboxUpkeep, openOutboxSession } from './outbox/pg-outbox.ts';
import { createRelay, RELAY_TIMES, type RelayDeps } from './outbox/relay.ts';
import { createAccountStore } from './persistence/account-store.ts';
import { createActionStore } from './persistence/action-store.ts';
import { createApiKeyStore } from './persistence/api-key-store.ts';
import { createDataSource, POOL_LIMITS } from './persistence/data-source.ts';
import { GatheredWrites } from './persistence/gathered-writes.ts';
import { EvaluationQuota } from './quotas/evaluation-quota.ts';
import { createMakeTestCall, type MakeTestCall } from './test-calls/make-test-call.ts';
import { openChangeSession } from './views/pg-change-session.ts';
import { createViews } from './views/views.ts';
import { createTestCallQuota, type TestCallQuota } from './test-calls/pg-quota.ts';

export interface ConfigApi extends App {
  /** Port of the API, once started. */
  port(): number;
  /** Port of health and metrics, once started. */
  operationsPort(): number;
  /** Returns the OpenAPI document, also before the start. */
  openApiDocument(): Promise<object>;
}

/** Builds config-api; nothing runs before `start`. */
export async function compose({ logger }: { logger: Logger }, config: Config): Promise<ConfigApi> {
  const metrics = createMetrics('config-api');
  const apiMetrics = createApiMetrics(metrics);
  const kafka = createKafkaSide({ logger, metrics }, config);
  const database = createDatabaseSide({ logger }, config);
  const { pool, accounts, apiKeys, idempotentResponses } = database;
  const keyring: Keyring = parseKeyring(config.credentials.masterKeys);
  const calls = createCallSide({ database, keyring, metrics, logger }, config);
  const redisOptions = { ...config.redis, prefix: config.topics.prefix, answerMs: ENDPOINTS_ANSWER_MS };
  const redis = createRedisClient({ logger }, redisOptions);
  const history = createHistory({ pool });
  const requests = createRequestSide({ ...database, kafka, history, logger });
  const upkeep = createOutboxUpkeep({ pool });
  const relay = composeRelay(
    { upkeep, publisher: kafka.publisher, metrics: apiMetrics, logger },
    config.database,
  );
  const expiring = [requests.idempotencyKeys, idempotentResponses, calls.quota];
  const tasks = [() => upkeep.deletePublished(), ...expiring.map((each) => () => each.deleteExpired())];
  const cleanUp = createCleanUp({ tasks, logger }, { everyMs: CLEAN_UP_EVERY_MS });
  const stores = [...database.parts, ...kafka.parts];
  const gate = new ServingGate();
  const readiness = createReadiness({ watched: stores, gate, ping: () => pool.query('SELECT 1') });
  const knownCallers = new KnownCallers({ maxKeys: MAX_KNOWN_KEYS });
  const app = await buildHttpApi(
    {
      gate,
      accounts: createAccounts({ store: accounts, keyring }),
      apiKeys: createApiKeys({ store: apiKeys, accounts }),
      knownCallers,
      actions: calls.actions,
      makeTestCall: calls.makeTestCall,
      requestExecution: requests.requestExecution,
      history,
      listEndpoints: createListEndpoints({ redis, now: Date.now }),
      deadLetters: createDeadLetterSide({ pool, kafka, logger }),
      idempotentResponses,
      readiness,
      apiMetrics,
      logger,
    },
    { adminKey: config.admin.key, trustedProxies: config.http.trustedProxies },
  );
  const server = createHttpServer({ app, gate, release: () => kafka.waiters.release() }, config.http);
  const operations = createOperationsServer({ metrics, readiness }, config.http);
  const prepared = [...stores, knownKeysStep(database, knownCallers), ...calls.parts];
  const running = [...prepared, redis, relay, cleanUp, ...requests.parts];
  const parts = [operations, server.listening, ...running, server.serving];
  const ports = { port: () => server.port(), operationsPort: () => operations.port() };
  return { ...createApp(parts), ...ports, openApiDocument: () => openApiDocument(app) };
}

function createOperationsServer(
  deps: { metrics: Metrics; readiness: CheckReadiness },
  { host, operationsPort }: Config['http'],
): HealthServer {
  return createHealthServer(deps, { host, port: operationsPort });
}

/** Reads which keys are in use, so that a restart locks no client out that shares an address with a guesser. */
function knownKeysStep(
  { apiKeys }: Pick<ReturnType<typeof createDatabaseSide>, 'apiKeys'>,
  knownCallers: KnownCallers,
): Component {
  return component('known API keys', {
    start: async () => knownCallers.noteUsed(await apiKeys.recentlyUsed(MAX_KNOWN_KEYS)),
  });
}

interface RequestSideDeps {
  actions: ReturnType<typeof createDatabaseSide>['actions'];
  kafka: KafkaSide;
  pool: pg.Pool;
  history: History;
  logger: Logger;
}

/** Builds the requests of executions. That Kafka has one with an idempotency key is written later (ADR 44). */
function createRequestSide({ actions, kafka, pool, history, logger }: RequestSideDeps) {
  const idempotencyKeys = createIdempotencyKeys({ pool });
  const published = new GatheredWrites<{ accountId: string; key: string }>(
    { write: (keys) => idempotencyKeys.markPublished(keys), logger },
    PUBLISHED_KEYS,
  );
  const requestExecution = createRequestExecution(
    { ...kafka, actions, idempotencyKeys: withMarksGathered(idempotencyKeys, published), history },
    { publishMs: PUBLISH_TIMEOUT_MS },
  );
  return { idempotencyKeys, requestExecution, parts: [published] };
}

function composeRelay(deps: Omit<RelayDeps, 'openSession'>, database: Config['database']): Component {
  const openSession: RelayDeps['openSession'] = (onWake) =>
    openOutboxSession({ databaseUrl: databaseUrl(database), onWake });
  return createRelay({ ...deps, openSession }, RELAY_TIMES);
}

function createDeadLetterSide(deps: { pool: pg.Pool; kafka: KafkaSide; logger: Logger }): DeadLetterAdmin {
  const { pool, kafka, logger } = deps;
  const store = createDeadLetterStore({ pool });
  return createDeadLetterAdmin({ ...kafka, store, logger }, { publishMs: PUBLISH_TIMEOUT_MS });
}

interface CallSide {
  actions: Actions;
  makeTestCall: MakeTestCall;
  quota: TestCallQuota;
  parts: Component[];
}

/** Builds actions and their test calls: everything that checks a destination, seals a secret or opens one. */
function createCallSide(
  deps: {
    database: ReturnType<typeof createDatabaseSide>;
    keyring: Keyring;
    metrics: ReturnType<typeof createMetrics>;
    logger: Logger;
  },
  config: Pick<Config, 'destinations' | 'credentials' | 'evaluations'>,
): CallSide {
  const { database, keyring, metrics, logger } = deps;
  const { accounts, actions: store, pool } = database;
  const destinations = createDeploymentGuard(config.destinations);
  const { pool: evaluationPool, evaluations } = createEvaluations(
    { ...destinations, accounting: new EvaluationQuota(), metrics, logger },
    { ...config.evaluations, userAgent: USER_AGENT },
  );
  const caller = createCaller(destinations);
  const sealing = credentialSealing(config.credentials);
  const sealer = createCredentialSealer({ keyring, accounts }, sealing);
  const actions = createActions({ store, sealer, destinations, evaluations });
  const quota = createTestCallQuota({ pool, logger });
  const tokens = createAccessTokens({ caller });
  const makeTestCall = createMakeTestCall(
    { actions, store, accounts, keyring, quota, caller, tokens, evaluations, logger },
    { destinationOnly: sealing.destinationOnly },
  );
  const connections = component('connections to endpoints', { stop: () => caller.close() });
  const goneWebhooks = createGoneWebhooks({ pool });
  const pauseGone = createPauseGone(
    { goneWebhooks, actions, store, logger },
    { everyMs: PAUSE_GONE_EVERY_MS },
  );
  return { actions, makeTestCall, quota, parts: [connections, evaluationPool, pauseGone] };
}

interface KafkaSide {
  publisher: Publisher;
  waiters: OutcomeWaiters;
  outcomes: OutcomeReading;
  /** Reads an event with the schemas that are known so far. */
  decode: SchemaRegistry['decodeNow'];
  parts: Component[];
}

function createKafkaSide(
  deps: { logger: Logger; metrics: ReturnType<typeof createMetrics> },
  config: Pick<Config, 'kafka' | 'topics' | 'history'>,
): KafkaSide {
  const { logger, metrics } = deps;
  const client = createKafkaClient(
    { logger },
    { ...kafkaDeployment(config), clientId: 'hookline-config-api' },
  );
  const publisher = new Publisher({ client, metrics });
  const registry = createSchemaRegistry({ client });
  const waiters = new OutcomeWaiters();
  const tail = createTailConsumer(
    { client, onRecord: createWakeWaiters({ waiters, registry, logger }) },
    { topics: [TOPICS.completed], from: 'latest', gatherMs: OUTCOME_GATHER_MS },
  );
  const outcomes = new OutcomeReading({ waiters, tail, logger }, { restAfterMs: REST_AFTER_MS });
  const reading = component('reading of outcomes', {
    start: () => outcomes.rest(),
    stop: () => outcomes.rest(),
  });
  return {
    publisher,
    waiters,
    outcomes,
    decode: (event, bytes) => registry.decodeNow(event, bytes),
    parts: [topicsStep({ logger }, { ...config, service: 'config-api' }), publisher, registry, tail, reading],
  };
}

function createDatabaseSide(
  { logger }: { logger: Logger },
  { database, quotas: defaultQuotas }: Pick<Config, 'database' | 'quotas'>,
) {
  const address = { databaseUrl: databaseUrl(database) };
  const source = createDataSource({ logger }, address);
  const pool = createPool({ logger }, { ...address, ...POOL_LIMITS, applicationName: 'hookline-config-api' });
  const connections = component('database', {
    start: async () => {
      await source.initialize();
    },
    stop: async () => {
      if (source.isInitialized) await source.destroy();
      if (!pool.ended) await pool.end();
    },
  });
  const views = createViews({
    apiKeys: createApiKeyStore({ source }, { defaultQuotas }),
    actions: createActionStore({ source }, { defaultQuotas }),
    openSession: (events) => openChangeSession({ ...address, ...events }),
    logger,
  });
  return {
    pool,
    accounts: createAccountStore({ source }),
    apiKeys: views.apiKeys,
    actions: views.actions,
    idempotentResponses: createIdempotentResponses({ pool }, IDEMPOTENCY_LIMITS),
    parts: [schemaStep({ logger }, address), connections, ...views.parts],
  };
}
