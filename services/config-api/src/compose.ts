import { migrate } from '@hookline/database/migrate';
import { createPool } from '@hookline/database/pool';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { deploymentNames, topicsStep } from '@hookline/shared/kafka/deployment';
import { createKafkaClient } from '@hookline/shared/kafka/kafka-client';
import { createPublisher, type Publisher } from '@hookline/shared/kafka/publisher';
import { createSchemaRegistry } from '@hookline/shared/kafka/schema-registry';
import { createTailConsumer } from '@hookline/shared/kafka/tail-consumer';
import { type App, createApp, type Part } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { type Keyring, parseKeyring } from '@hookline/webhook-call/credentials/keyring';
import { parseAllowList } from '@hookline/webhook-call/guard/allow-list';
import { createDestinationGuard } from '@hookline/webhook-call/guard/destination-guard';
import { createResolver, parseDnsServers } from '@hookline/webhook-call/guard/resolver';
import { createAccounts } from './accounts/accounts.ts';
import type { DestinationChecks } from './actions/check-action.ts';
import { createActions } from './actions/actions.ts';
import { createCredentialSealer } from './actions/seal-credential.ts';
import { createApiMetrics } from './api-metrics.ts';
import { createApiKeys } from './api-keys/api-keys.ts';
import { buildApp } from './app.ts';
import { createCleanUp } from './clean-up.ts';
import type { Config } from './config.ts';
import { createOutcomeWaiters, type OutcomeWaiters } from './executions/outcome-waiters.ts';
import { createHistory } from './executions/pg-history.ts';
import { createIdempotencyKeys } from './executions/pg-idempotency-keys.ts';
import { createRequestExecution } from './executions/request-execution.ts';
import { createHttpServer } from './http/http-server.ts';
import { createReadiness } from './http/readiness.ts';
import { createOutboxUpkeep, openOutboxSession } from './outbox/pg-outbox.ts';
import { createRelay } from './outbox/relay.ts';
import { createAccountStore } from './persistence/account-store.ts';
import { createActionStore } from './persistence/action-store.ts';
import { createApiKeyStore } from './persistence/api-key-store.ts';
import { createDataSource } from './persistence/data-source.ts';

const HOUR_MS = 3_600_000;
const RELAY = { pollMs: 5_000, retryMostMs: 5_000, drainMs: 5_000 };
/** After it a caller is told to come back; Kafka usually answers in milliseconds. */
const PUBLISH_MS = 10_000;

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
  const history = createHistory({ pool });
  const idempotencyKeys = createIdempotencyKeys({ pool });
  const upkeep = createOutboxUpkeep({ pool });
  const relay = createRelay(
    {
      openSession: (onWake) => openOutboxSession({ databaseUrl: config.DATABASE_URL, onWake }),
      upkeep,
      publisher: kafka.publisher,
      metrics: apiMetrics,
      logger,
    },
    RELAY,
  );
  const cleanUp = createCleanUp(
    { tasks: [() => upkeep.deletePublished(), () => idempotencyKeys.deleteExpired()], logger },
    { everyMs: HOUR_MS },
  );
  const app = await buildApp(
    {
      accounts: createAccounts({ store: accounts, keyring }),
      apiKeys: createApiKeys({ store: apiKeys, accounts }),
      actions: createActions({
        store: actions,
        sealer: createCredentialSealer({ keyring, accounts }),
        destinations: createDestinations(config),
      }),
      requestExecution: createRequestExecution(
        { actions, idempotencyKeys, publisher: kafka.publisher, waiters: kafka.waiters, history },
        { publishMs: PUBLISH_MS },
      ),
      history,
      readiness: createReadiness({ watched: kafka.parts, ping: () => pool.query('SELECT 1') }),
      metrics,
      apiMetrics,
      logger,
    },
    { adminKey: config.HOOKLINE_ADMIN_KEY },
  );
  const server = createHttpServer(
    { app, release: () => kafka.waiters.release() },
    { host: config.HOST, port: config.PORT },
  );
  const parts = [...database.parts, ...kafka.parts, relay, cleanUp, server];
  return { ...createApp(parts), port: () => server.port() };
}

function createDestinations(config: Config): DestinationChecks {
  return {
    guard: createDestinationGuard(parseAllowList(config.HOOKLINE_ALLOWED_DESTINATIONS.join(','))),
    resolver: createResolver({ servers: parseDnsServers(config.HOOKLINE_DNS_SERVERS.join(',')) }),
  };
}

interface KafkaSide {
  publisher: Publisher;
  waiters: OutcomeWaiters;
  parts: Part[];
}

function createKafkaSide(
  config: Config,
  deps: { logger: Logger; metrics: ReturnType<typeof createMetrics> },
): KafkaSide {
  const { logger, metrics } = deps;
  const client = createKafkaClient(
    { logger },
    { ...deploymentNames(config), clientId: 'hookline-config-api' },
  );
  const publisher = createPublisher({ client, metrics });
  const registry = createSchemaRegistry({ client });
  const waiters = createOutcomeWaiters({ registry, logger });
  const outcomes = createTailConsumer(
    { client, onRecord: (record) => waiters.onRecord(record) },
    { topics: [TOPICS.completed], from: 'latest' },
  );
  return { publisher, waiters, parts: [topicsStep(config, logger), publisher, registry, outcomes] };
}

function createDatabaseSide(config: Config, { logger }: { logger: Logger }) {
  const source = createDataSource({ logger }, { databaseUrl: config.DATABASE_URL });
  const pool = createPool(
    {
      databaseUrl: config.DATABASE_URL,
      applicationName: 'hookline-config-api',
      maxConnections: 10,
      statementTimeoutMs: 10_000,
    },
    { logger },
  );
  const part: Part = {
    name: 'database',
    start: async () => {
      await migrate(config.DATABASE_URL);
      await source.initialize();
    },
    stop: async () => {
      if (source.isInitialized) await source.destroy();
      if (!pool.ended) await pool.end();
    },
  };
  return {
    pool,
    accounts: createAccountStore({ source }),
    apiKeys: createApiKeyStore({ source }),
    actions: createActionStore({ source }),
    parts: [part],
  };
}
