import { kafkaDeployment } from '@hookline/shared/deployment/kafka-deployment';
import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import { type App, createApp, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { createEngineClient } from '@hookline/workflow-sdk/engine-client';
import {
  createCorrelationTable,
  createPgCorrelationStore,
} from '@hookline/workflow-sdk/pg-correlation-store';
import { withTransaction } from '@hookline/workflow-sdk/pg-transaction';
import { createWebhookSteps } from '@hookline/workflow-sdk/webhook-steps';
import { Pool, type PoolClient } from 'pg';
import { createBuilderRoutes } from './builder/builder-routes.ts';
import type { Config } from './config.ts';
import { WorkflowEngine } from './engine.ts';
import { createHttpApi } from './http-api.ts';
import { createContacts } from './pg-contacts.ts';
import { createRuns, makeProgress } from './pg-runs.ts';
import { createTables } from './pg-tables.ts';

const TABLES = { prefix: 'engine_' };
const DAY_MS = 86_400_000;
/** Each start deletes outcomes older than this; no run may take longer, because it needs them until it ends. */
const KEEP_OUTCOMES_MS = 60 * DAY_MS;

/** Builds the engine; nothing runs before `start`. */
export function compose({ logger }: { logger: Logger }, config: Config): App {
  const pool = new Pool({
    connectionString: databaseUrl(config.database),
    application_name: 'workflow-engine',
  });
  // The pool replaces an idle connection that breaks; without a listener, the error would end the process.
  pool.on('error', (error) =>
    logger.warn({ err: error }, 'an idle database connection broke; it is replaced when needed'),
  );
  const client = createEngineClient({ logger }, { ...kafkaDeployment(config), clientId: 'workflow-engine' });
  const store = createPgCorrelationStore({ pool }, TABLES);
  const webhooks = createWebhookSteps({ client, store }, { group: 'workflow-engine' });
  const contacts = createContacts({ pool });
  const runs = createRuns({ pool });
  const engine = new WorkflowEngine<PoolClient>({
    runs,
    contactFields: async (id) => (await contacts.find(id))?.fields ?? {},
    webhooks,
    cancelWebhooks: (run) => webhooks.cancel(run, 'the run was cancelled'),
    progress: (run, progress) => withTransaction(pool, (tx) => makeProgress(tx, run, progress)),
    progressIn: makeProgress,
    logger,
  });
  const database: Component = {
    name: 'database',
    start: async () => {
      await createTables(pool);
      await createCorrelationTable(pool, TABLES);
      await store.forgetCompletedBefore(Date.now() - KEEP_OUTCOMES_MS);
    },
    stop: async () => {
      if (!pool.ended) await pool.end();
    },
  };
  const builder = createBuilderRoutes({ engine, contacts, runs }, config.builder);
  const api = createHttpApi({ engine, contacts, runs, builder, logger }, config.http);
  return createApp([database, webhooks, engine, api]);
}
