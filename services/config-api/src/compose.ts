import { createPool } from '@hookline/database/pool';
import { schemaStep } from '@hookline/database/schema-step';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import { kafkaDeployment, topicsStep } from '@hookline/shared/deployment/kafka-deployment';
import { createKafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { createPublisher, type Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createSchemaRegistry, type SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createTailConsumer } from '@hookline/shared/kafka/consume/tail-consumer';
import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import { type App, component, createApp, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { createRedisClient } from '@hookline/shared/runtime/redis-client';
import { createAccessTokens } from '@hookline/webhook-call/authentication/create-access-tokens';
import { createCaller, USER_AGENT } from '@hookline/webhook-call/call/caller';
import { type Keyring, parseKeyring } from '@hookline/credentials/keyring';
import { createDeploymentGuard } from '@hookline/destination-guard/deployment-guard';
import type pg from 'pg';
import { createAccounts } from './accounts/accounts.ts';
import { type Actions, createActions } from './actions/actions.ts';
import { createCredentialSealer } from './actions/seal-credential.ts';
import { credentialSealing } from './credential-sealing.ts';
import { createApiMetrics } from './api-metrics.ts';
import { createApiKeys } from './api-keys/api-keys.ts';
import { buildHttpApi } from './app.ts';
import { createCleanUp } from './clean-up.ts';
import type { Config } from './config.ts';
import { createDeadLetterAdmin, type DeadLetterAdmin } from './dead-letters/dead-letters.ts';
import { createDeadLetterStore } from './dead-letters/pg-dead-letters.ts';
import { createListEndpoints } from './endpoints/redis-endpoints.ts';
import { createHistory } from './executions/pg-history.ts';
import { createIdempotencyKeys } from './executions/pg-idempotency-keys.ts';
import { createRequestExecution } from './executions/request-execution.ts';
import { createWakeWaiters } from './executions/wake-waiters.ts';
import { createHttpServer } from './http/http-server.ts';
import { createReadiness } from './http/readiness.ts';
import { ServingGate } from './http/serving-gate.ts';
import { createOutboxUpkeep, openOutboxSession } from './outbox/pg-outbox.ts';
import { createRelay, type RelayDeps } from './outbox/relay.ts';
import { createAccountStore } from './persistence/account-store.ts';
import { createActionStore } from './persistence/action-store.ts';
import { createApiKeyStore } from './persistence/api-key-store.ts';
import { createDataSource } from './persistence/data-source.ts';
import { createMakeTestCall, type MakeTestCall } from './test-calls/make-test-call.ts';
import { createTestCallQuota, type TestCallQuota } from './test-calls/pg-quota.ts';

const HOUR_MS = 3_600_000;
const RELAY = { pollMs: 5_000, maxRetryMs: 5_000, drainMs: 5_000 };
/** After this the caller gets 503 with Retry-After; Kafka usually answers in milliseconds. */
const PUBLISH_MS = 10_000;
/** Outcomes are read for all waiting callers together, so each may arrive this much later. */
const OUTCOME_GATHER_MS = 25;

export interface ConfigApi extends App {
  /** Port of the API, once started. */
  port(): number;
}

/** Builds config-api; nothing runs before `start`. */
export async function compose(config: Config, { logger }: { logger: Logger }): Promise<ConfigApi> {
  const metrics = createMetrics('config-api');
  const apiMetrics = createApiMetrics(metrics);
  const kafka = createKafkaSide(config, { logger, metrics });
  const database = createDatabaseSide(config, { logger });
  const { pool, accounts, apiKeys, actions } = database;
  const keyring: Keyring = parseKeyring(config.HOOKLINE_MASTER_KEYS);
  const calls = createCallSide(config, { database, keyring, logger });
  const redis = createRedisClient({ logger }, redisOptions(config));
  const history = createHistory({ pool });
  const idempotencyKeys = createIdempotencyKeys({ pool });
  const upkeep = createOutboxUpkeep({ pool });
  const relay = composeRelay(config, { upkeep, publisher: kafka.publisher, metrics: apiMetrics, logger });
  const cleanUp = createCleanUp(
    {
      tasks: [
        () => upkeep.deletePublished(),
        () => idempotencyKeys.deleteExpired(),
        () => calls.quota.deleteExpired(),
      ],
      logger,
    },
    { everyMs: HOUR_MS },
  );
  const stores = [...database.parts, ...kafka.parts];
  const gate = new ServingGate();
  const app = await buildHttpApi(
    {
      gate,
      accounts: createAccounts({ store: accounts, keyring }),
      apiKeys: createApiKeys({ store: apiKeys, accounts }),
      actions: calls.actions,
      makeTestCall: calls.makeTestCall,
      requestExecution: createRequestExecution(
        { actions, idempotencyKeys, publisher: kafka.publisher, waiters: kafka.waiters, history },
        { publishMs: PUBLISH_MS },
      ),
      history,
      listEndpoints: createListEndpoints({ redis, now: Date.now }),
      deadLetters: createDeadLetterSide({ pool, kafka, logger }),
      readiness: createReadiness({ watched: stores, gate, ping: () => pool.query('SELECT 1') }),
      metrics,
      apiMetrics,
      logger,
    },
    { adminKey: config.HOOKLINE_ADMIN_KEY },
  );
  const server = createHttpServer(
    { app, gate, release: () => kafka.waiters.release() },
    { host: config.HOST, port: config.PORT },
  );
  const running = [...stores, ...calls.parts, redis, relay, cleanUp];
  const parts = [server.listening, ...running, server.serving];
  return { ...createApp(parts), port: () => server.port() };
}

function composeRelay(config: Config, deps: Omit<RelayDeps, 'openSession'>): Component {
  const openSession: RelayDeps['openSession'] = (onWake) =>
    openOutboxSession({ databaseUrl: databaseUrl(config), onWake });
  return createRelay({ ...deps, openSession }, RELAY);
}

function createDeadLetterSide(deps: { pool: pg.Pool; kafka: KafkaSide; logger: Logger }): DeadLetterAdmin {
  const { pool, kafka, logger } = deps;
  const store = createDeadLetterStore({ pool });
  return createDeadLetterAdmin({ ...kafka, store, logger }, { publishMs: PUBLISH_MS });
}

interface CallSide {
  actions: Actions;
  makeTestCall: MakeTestCall;
  quota: TestCallQuota;
  parts: Component[];
}

/** Actions and their test calls: whatever checks a destination, seals a secret or opens one. */
function createCallSide(
  config: Config,
  deps: { database: ReturnType<typeof createDatabaseSide>; keyring: Keyring; logger: Logger },
): CallSide {
  const { database, keyring, logger } = deps;
  const { accounts, actions: store, pool } = database;
  const destinations = createDeploymentGuard(config);
  const caller = createCaller(destinations);
  const sealing = credentialSealing(config);
  const sealer = createCredentialSealer({ keyring, accounts }, sealing);
  const actions = createActions({ store, sealer, destinations });
  const quota = createTestCallQuota({ pool, logger });
  const makeTestCall = createMakeTestCall(
    { actions, store, accounts, keyring, quota, caller, tokens: createAccessTokens({ caller }), logger },
    { guard: destinations.guard, userAgent: USER_AGENT, destinationOnly: sealing.destinationOnly },
  );
  const connections = component('connections to endpoints', { stop: () => caller.close() });
  return { actions, makeTestCall, quota, parts: [connections] };
}

interface KafkaSide {
  publisher: Publisher;
  waiters: OutcomeWaiters;
  /** Reads events with the schemas known by now. */
  decode: SchemaRegistry['decodeNow'];
  parts: Component[];
}

function createKafkaSide(
  config: Config,
  deps: { logger: Logger; metrics: ReturnType<typeof createMetrics> },
): KafkaSide {
  const { logger, metrics } = deps;
  const client = createKafkaClient(
    { logger },
    { ...kafkaDeployment(config), clientId: 'hookline-config-api' },
  );
  const publisher = createPublisher({ client, metrics });
  const registry = createSchemaRegistry({ client });
  const waiters = new OutcomeWaiters();
  const outcomes = createTailConsumer(
    { client, onRecord: createWakeWaiters({ waiters, registry, logger }) },
    { topics: [TOPICS.completed], from: 'latest', gatherMs: OUTCOME_GATHER_MS },
  );
  return {
    publisher,
    waiters,
    decode: (event, bytes) => registry.decodeNow(event, bytes),
    parts: [topicsStep(config, { service: 'config-api', logger }), publisher, registry, outcomes],
  };
}

function createDatabaseSide(config: Config, { logger }: { logger: Logger }) {
  const source = createDataSource({ logger }, { databaseUrl: databaseUrl(config) });
  const pool = createPool(
    {
      databaseUrl: databaseUrl(config),
      applicationName: 'hookline-config-api',
      maxConnections: 10,
      statementTimeoutMs: 10_000,
    },
    { logger },
  );
  const defaultQuotas = {
    maxActions: config.HOOKLINE_ACCOUNT_MAX_ACTIONS,
    maxDefinitionBytes: config.HOOKLINE_ACCOUNT_MAX_DEFINITION_BYTES,
    maxApiKeys: config.HOOKLINE_ACCOUNT_MAX_API_KEYS,
  };
  const connections = component('database', {
    start: async () => {
      await source.initialize();
    },
    stop: async () => {
      if (source.isInitialized) await source.destroy();
      if (!pool.ended) await pool.end();
    },
  });
  return {
    pool,
    accounts: createAccountStore({ source }),
    apiKeys: createApiKeyStore({ source }, { defaultQuotas }),
    actions: createActionStore({ source }, { defaultQuotas }),
    parts: [schemaStep({ logger }, { databaseUrl: databaseUrl(config) }), connections],
  };
}

/** People look at Redis here and no call waits: it may take its time. */
function redisOptions(config: Config): Parameters<typeof createRedisClient>[1] {
  return { ...config, prefix: config.HOOKLINE_TOPIC_PREFIX, answerMs: 1_000 };
}
