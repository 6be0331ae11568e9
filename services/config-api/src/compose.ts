import { ContactHashes } from '@hookline/shared/executions/contact-hashes';
import { createHealthServer, type HealthServer } from '@hookline/shared/runtime/health-server';
import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import { type App, component, type Component, createApp } from '@hookline/shared/runtime/lifecycle';
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
import { createEmptyAccounts, EMPTYING } from './accounts/empty-accounts.ts';
import { createAccountRows } from './accounts/pg-account-rows.ts';
import { createPauseGone, PAUSE_GONE_EVERY_MS } from './actions/pause-gone.ts';
import { createGoneWebhooks } from './actions/pg-gone-webhooks.ts';
import { createAuditLog, type PgAuditLog } from './audit/pg-audit-log.ts';
import { createAnalytics } from './analytics/analytics.ts';
import { createRollups } from './analytics/pg-rollups.ts';
import { createReadUsage } from './analytics/usage.ts';
import { composeDefinitions, type Definitions } from './compose-definitions.ts';
import { credentialSealing } from './credential-sealing.ts';
import { createApiMetrics } from './api-metrics.ts';
import { type ApiKeys, createApiKeys } from './api-keys/api-keys.ts';
import { createKeyValidity } from './api-keys/pg-key-validity.ts';
import { LOOK_EVERY_MS, Revocations } from './api-keys/revocations.ts';
import { buildHttpApi } from './app.ts';
import { CLEAN_UP_EVERY_MS, createCleanUp } from './clean-up.ts';
import type { Config } from './config.ts';
import { createConsoleSide } from './console/console-side.ts';
import { JsonSeal } from './sealing/json-seal.ts';
import { createDeadLetterAdmin, type DeadLetterAdmin } from './dead-letters/dead-letters.ts';
import { createDeadLetterStore } from './dead-letters/pg-dead-letters.ts';
import { createReadLedger } from './ledger/pg-ledger.ts';
import { createListEndpoints, ENDPOINTS_ANSWER_MS } from './endpoints/redis-endpoints.ts';
import { STREAM_LIMITS } from './executions/live/stream-places.ts';
import { WAIT_LIMITS } from './executions/outcome-wait.ts';
import { createHistory } from './executions/pg-history.ts';
import { FailureLimiter, FAILURES } from './http/failure-limiter.ts';
import { createHttpServer } from './http/http-server.ts';
import { openApiDocument } from './http/openapi-document.ts';
import { KnownCallers, MAX_KNOWN_KEYS } from './http/known-callers.ts';
import { PUBLISH_TIMEOUT_MS } from './http/publish-within.ts';
import { type CheckReadiness, createReadiness } from './http/readiness.ts';
import { ServingGate } from './http/serving-gate.ts';
import { createOutboxUpkeep, openOutboxSession } from './outbox/pg-outbox.ts';
import { createRelay, RELAY_TIMES, type RelayDeps } from './outbox/relay.ts';
import { PortalTokens, type SealedPortalToken } from './portal/portal-tokens.ts';
import { createMakePreview, type MakePreview } from './previews/make-preview.ts';
import { createPastExecutions } from './previews/pg-past-executions.ts';
import { AccountTurns } from './quotas/account-turns.ts';
import { EvaluationQuota } from './quotas/evaluation-quota.ts';
import { Places } from './quotas/places.ts';
import { createMakeTestCall, type MakeTestCall } from './test-calls/make-test-call.ts';
import { createTestCallQuota, type TestCallQuota } from './test-calls/pg-quota.ts';
import { createDatabaseSide, type DatabaseSide } from './compose-database.ts';
import {
  createActingSide,
  createRequestSide,
  createStreamSide,
  type StreamSideDeps,
} from './compose-executions.ts';
import { createKafkaSide, type KafkaSide } from './compose-kafka.ts';

export interface ConfigApi extends App {
  /** Port of the API, once started. */
  port(): number;
  /** Port of health and metrics, once started. */
  operationsPort(): number;
  /** Returns the OpenAPI document; works even before `start`. */
  openApiDocument(): Promise<object>;
}

/**
 * Limits for one account's searches of history and analytics, so that other accounts can still get connections to
 * Postgres.
 */
const SEARCHES = { maxRunning: 2, maxWaiting: 50 };

/** Builds config-api; nothing runs before `start`. */
export async function compose({ logger }: { logger: Logger }, config: Config): Promise<ConfigApi> {
  const metrics = createMetrics('config-api');
  const places = new Places(STREAM_LIMITS);
  const waitPlaces = new Places(WAIT_LIMITS);
  const database = createDatabaseSide({ logger }, config);
  const { pool, accounts, idempotentResponses, waitingChanges } = database;
  const apiMetrics = createApiMetrics(metrics, { streams: places, requests: waitPlaces, waitingChanges });
  const kafka = createKafkaSide({ logger, metrics }, config);
  const apiKeys = createApiKeys({ store: database.apiKeys, accounts });
  const access = createAccessSide({ pool, logger }, config);
  const keyring: Keyring = parseKeyring(config.credentials.masterKeys);
  const calls = createCallSide({ database, keyring, auditLog: access.auditLog, metrics, logger }, config);
  const redis = createRedisSide({ logger }, config);
  const readingDeps = { pool: database.historyPool, places, ...access, apiMetrics, logger };
  const reading = createReadingSide(readingDeps, config);
  const requests = createRequestSide({ ...database, ...reading, ...access, waitPlaces, kafka, logger });
  const { cancellationQuota, ...acting } = createActingSide({ ...reading, database, kafka, logger }, config);
  const upkeep = createOutboxUpkeep({ pool });
  const relay = composeRelay({ ...kafka, upkeep, metrics: apiMetrics, logger }, config.database);
  const expiring = [requests.idempotencyKeys, idempotentResponses, calls.quota, requests, cancellationQuota];
  const tasks = [...access.tasks, () => upkeep.deletePublished()];
  const cleanUp = createCleanUp(
    { tasks: [...tasks, ...expiring.map((each) => () => each.deleteExpired())], logger },
    { everyMs: CLEAN_UP_EVERY_MS },
  );
  const stores = [...database.parts, ...kafka.parts];
  const gate = new ServingGate();
  const knownCallers = new KnownCallers({ maxKeys: MAX_KNOWN_KEYS });
  const ping = () => pool.query('SELECT 1');
  const readiness = createReadiness({ watched: database.parts, watchedAtStart: kafka.parts, gate, ping });
  const app = await buildHttpApi(
    {
      gate,
      accounts: createAccounts({ store: accounts, removal: database.removal, keyring }),
      apiKeys,
      ...createSignInSide({ database, apiKeys, knownCallers, keyring }, config),
      ...access,
      ...calls.definitions,
      makeTestCall: calls.makeTestCall,
      ...requests,
      ...reading,
      ...acting,
      listEndpoints: createListEndpoints({ redis, pauses: database.pauses, now: Date.now }),
      deadLetters: createDeadLetterSide({ pool, kafka, logger }),
      idempotentResponses,
      readiness,
      apiMetrics,
      logger,
    },
    { adminKey: config.admin.key, trustedProxies: config.http.trustedProxies },
  );
  const waiting = [kafka.waiters, reading.executionStreams, reading.searches];
  const server = createHttpServer({ app, gate, waiting }, config.http);
  const operations = createOperationsServer({ metrics, readiness }, config.http);
  const prepared = [...stores, knownKeysStep(database, knownCallers), ...calls.parts];
  const running = [...prepared, redis, relay, cleanUp, ...requests.parts, ...access.parts, reading.watched];
  const parts = [operations, server.listening, ...running, server.serving];
  const ports = { port: () => server.port(), operationsPort: () => operations.port() };
  return { ...createApp(parts), ...ports, openApiDocument: () => openApiDocument(app) };
}

/** Builds the parts that identify the sender of a request, other than the store of keys. */
function createSignInSide(
  {
    database,
    apiKeys,
    knownCallers,
    keyring,
  }: {
    database: DatabaseSide;
    apiKeys: ApiKeys;
    knownCallers: KnownCallers;
    keyring: Keyring;
  },
  { admin, console }: Pick<Config, 'admin' | 'console'>,
) {
  const secrets = { keyring, adminKey: admin.key };
  const { ratesOf } = database;
  const failures = new FailureLimiter(FAILURES);
  return {
    failures,
    knownCallers,
    console: createConsoleSide({ secrets, apiKeys, ratesOf, failures }, console),
    portalTokens: new PortalTokens({
      seal: new JsonSeal<SealedPortalToken>(secrets, 'hookline portal token'),
      findCallerById: (keyId) => apiKeys.findCallerById(keyId),
      ratesOf,
      now: Date.now,
    }),
  };
}

function createOperationsServer(
  deps: { metrics: Metrics; readiness: CheckReadiness },
  { host, operationsPort }: Config['http'],
): HealthServer {
  return createHealthServer(deps, { host, port: operationsPort });
}

/**
 * Loads the most recently used keys, so that a client that shares an address with an attacker is not locked out after a
 * restart.
 */
function knownKeysStep({ apiKeys }: Pick<DatabaseSide, 'apiKeys'>, knownCallers: KnownCallers): Component {
  return component('known API keys', {
    start: async () => knownCallers.noteUsed(await apiKeys.recentlyUsed(MAX_KNOWN_KEYS)),
  });
}

/** Builds the connection to the endpoint states that dispatchers keep in Redis. */
function createRedisSide({ logger }: { logger: Logger }, config: Pick<Config, 'redis' | 'topics'>) {
  const options = { ...config.redis, prefix: config.topics.prefix, answerMs: ENDPOINTS_ANSWER_MS };
  return createRedisClient({ logger }, options);
}

function composeRelay(deps: Omit<RelayDeps, 'openSession'>, database: Config['database']): Component {
  const openSession: RelayDeps['openSession'] = (onWake) =>
    openOutboxSession({ databaseUrl: databaseUrl(database), onWake });
  return createRelay({ ...deps, openSession }, RELAY_TIMES);
}

/** Builds the background work for accounts, their keys and the audit log. */
function createAccessSide(
  { pool, logger }: { pool: pg.Pool; logger: Logger },
  { audit }: Pick<Config, 'audit'>,
) {
  const auditLog = createAuditLog({ pool }, audit);
  const keys = createKeyValidity({ pool });
  const revocations = new Revocations({ keys, logger }, { everyMs: LOOK_EVERY_MS });
  const emptyAccounts = createEmptyAccounts(
    { rows: createAccountRows({ pool }, EMPTYING), logger },
    EMPTYING,
  );
  const tasks = [() => auditLog.deleteExpired(), () => keys.deleteEnded()];
  return { auditLog, revocations, tasks, parts: [revocations, emptyAccounts] };
}

function createDeadLetterSide(deps: { pool: pg.Pool; kafka: KafkaSide; logger: Logger }): DeadLetterAdmin {
  const { pool, kafka, logger } = deps;
  const store = createDeadLetterStore({ pool });
  return createDeadLetterAdmin({ ...kafka, store, logger }, { publishMs: PUBLISH_TIMEOUT_MS });
}

/** Builds the parts that read executions from Postgres: history, streams, analytics, usage and the ledger. */
function createReadingSide(
  deps: Omit<StreamSideDeps, 'history'>,
  { lookUp, database }: Pick<Config, 'lookUp' | 'database'>,
) {
  const { pool } = deps;
  const contacts = new ContactHashes(Buffer.from(lookUp.key, 'base64'));
  const turns = new AccountTurns(SEARCHES);
  const rollups = createRollups({ pool });
  const now = Date.now;
  const history = createHistory({ pool, contacts, turns, now });
  return {
    history,
    searches: turns,
    ...createStreamSide({ ...deps, history }, { databaseUrl: databaseUrl(database) }),
    analytics: createAnalytics({ rollups, turns, now }),
    readUsage: createReadUsage({ rollups, now }),
    readLedger: createReadLedger({ pool }),
  };
}

interface CallSide {
  definitions: Definitions & { makePreview: MakePreview };
  makeTestCall: MakeTestCall;
  quota: TestCallQuota;
  parts: Component[];
}

/** Builds actions and test calls: everything that checks a destination, or seals or opens a secret. */
function createCallSide(
  deps: {
    database: DatabaseSide;
    keyring: Keyring;
    auditLog: PgAuditLog;
    metrics: ReturnType<typeof createMetrics>;
    logger: Logger;
  },
  config: Pick<Config, 'destinations' | 'credentials' | 'evaluations'>,
): CallSide {
  const { database, keyring, auditLog: audit, metrics, logger } = deps;
  const { accounts, actions: store, pool } = database;
  const destinations = createDeploymentGuard(config.destinations);
  const { pool: evaluationPool, evaluations } = createEvaluations(
    { ...destinations, accounting: new EvaluationQuota(), metrics, logger },
    { ...config.evaluations, userAgent: USER_AGENT },
  );
  const caller = createCaller(destinations);
  const sealing = credentialSealing(config.credentials);
  const definitions = composeDefinitions({ database, keyring, destinations, evaluations }, sealing);
  const { actions, drafts } = definitions;
  const quota = createTestCallQuota({ pool, turns: database.turns, logger });
  const tokens = createAccessTokens({ caller });
  const makeTestCall = createMakeTestCall(
    { actions, drafts, store, accounts, keyring, quota, caller, tokens, evaluations, audit, logger },
    { destinationOnly: sealing.destinationOnly },
  );
  const makePreview = createMakePreview({
    compared: definitions.comparedDefinitions,
    executions: createPastExecutions({ pool }),
    evaluations,
    quota,
    now: Date.now,
  });
  const connections = component('connections to endpoints', { stop: () => caller.close() });
  const goneWebhooks = createGoneWebhooks({ pool });
  const pauseGone = createPauseGone(
    { goneWebhooks, actions, store, logger },
    { everyMs: PAUSE_GONE_EVERY_MS },
  );
  return {
    definitions: { ...definitions, makePreview },
    makeTestCall,
    quota,
    parts: [connections, evaluationPool, pauseGone],
  };
}
