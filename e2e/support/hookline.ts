import { randomBytes } from 'node:crypto';
import { compose as composeConfigApi } from '@hookline/config-api/compose';
import { readConfig as readConfigApiConfig } from '@hookline/config-api/config';
import { compose as composeDispatcher } from '@hookline/dispatcher/compose';
import { readConfig as readDispatcherConfig } from '@hookline/dispatcher/config';
import { compose as composeLogIngestor } from '@hookline/log-ingestor/compose';
import { readConfig as readLogIngestorConfig } from '@hookline/log-ingestor/config';
import { compose as composeRetryScheduler } from '@hookline/retry-scheduler/compose';
import { readConfig as readRetrySchedulerConfig } from '@hookline/retry-scheduler/config';
import type { WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import type { App } from '@hookline/shared/runtime/lifecycle';
import { createLogger } from '@hookline/shared/runtime/logger';
import { isolatedDatabase } from '@hookline/testkit/isolated-database';
import { isolatedRedis } from '@hookline/testkit/isolated-redis';
import { isolatedTopics, type IsolatedTopics } from '@hookline/testkit/isolated-topics';
import { topicProbe, type TopicProbe } from '@hookline/testkit/topic-probe';
import { createApi, type Api } from './api.ts';
import { createStoryEngine, type StoryEngine } from './engine.ts';
import { createLogLines, type LogLines } from './log-lines.ts';

/** Services that a story may run in their own processes. */
export type SeparateService = 'dispatcher' | 'retry-scheduler';

export interface HooklineOptions {
  /** Loopback destinations that may be called, each as `host:port`. */
  allowedDestinations: string[];
  /** First retry wait in ms (200 by default, so that a series of retries takes a few seconds). */
  baseWaitMs?: number;
  dnsServers?: string[];
  /** Further settings of the services. */
  env?: Readonly<Record<string, string>>;
  /** Port of the REST API; a free port by default. */
  apiPort?: number;
  /** Services that the story runs itself, as processes. */
  without?: SeparateService[];
}

/** The four services of Hookline on their own topics and database. */
export interface Hookline {
  /** The REST API, as customers use it. */
  api: Api;
  /** Base URL of the REST API. */
  apiUrl: string;
  /** The Kafka side, as a workflow engine uses it. */
  engine: StoryEngine;
  /** Every record of every event topic. */
  probe: TopicProbe;
  topics: IsolatedTopics;
  databaseUrl: string;
  /** Configuration of the services, for processes that a story starts. */
  env: Readonly<Record<string, string | undefined>>;
  /**
   * Returns the outcome of an execution, once it is on Kafka; each outcome is returned once.
   * @throws Error that lists the outcomes that arrived instead, after the deadline (90 s by default)
   */
  outcome(execution: Pick<WebhookRequested, 'executionId'>, deadlineMs?: number): Promise<WebhookCompleted>;
  /** Lines that the services in this process logged. */
  logs: LogLines;
  /** Base URL of the operations port of each service in this process, config-api first. */
  operationsUrls: readonly string[];
  /** Stops config-api in this process, for a story that runs it in a separate process. */
  stopConfigApi(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the services in this process, except those in `options.without`, composed as in their `main`. */
export async function startHookline(options: HooklineOptions): Promise<Hookline> {
  const [topics, database, redis] = await Promise.all([
    isolatedTopics(),
    isolatedDatabase({ migrated: true }),
    isolatedRedis(),
  ]);
  const adminKey = randomBytes(32).toString('base64url');
  const env = {
    KAFKA_BROKERS: topics.brokers.join(','),
    HOOKLINE_TOPIC_PREFIX: topics.prefix,
    HOOKLINE_PARTITIONS: String(topics.partitions),
    HOOKLINE_BASE_WAIT_MS: String(options.baseWaitMs ?? 200),
    HOOKLINE_MASTER_KEYS: `test:${randomBytes(32).toString('base64')}`,
    HOOKLINE_ADMIN_KEY: adminKey,
    HOOKLINE_CREDENTIAL_BINDING: 'destination_only',
    HOOKLINE_ALLOWED_DESTINATIONS: options.allowedDestinations.join(','),
    HOOKLINE_DNS_SERVERS: options.dnsServers?.join(','),
    DATABASE_URL: database.databaseUrl,
    REDIS_URL: redis.redisUrl,
    LOG_LEVEL: 'info',
    // Without this, the services would refuse the test stores, whose passwords are published in docker-compose.yml.
    HOOKLINE_LOCAL: '1',
    ...options.env,
  };
  const logs = createLogLines();
  const logger = createLogger('e2e', env.LOG_LEVEL, logs);
  const configApi = await composeConfigApi(
    { logger },
    readConfigApiConfig({ ...env, ...(options.apiPort && { PORT: String(options.apiPort) }) }),
  );
  const others: (App & { port(): number })[] = [
    await composeLogIngestor({ logger }, readLogIngestorConfig(env)),
  ];
  const runsHere = (service: SeparateService): boolean => !options.without?.includes(service);
  if (runsHere('retry-scheduler'))
    others.push(await composeRetryScheduler({ logger }, readRetrySchedulerConfig(env)));
  if (runsHere('dispatcher')) others.push(await composeDispatcher({ logger }, readDispatcherConfig(env)));
  // config-api starts first, so that what it publishes is available to the others.
  await configApi.start();
  const [probe, engine] = await Promise.all([
    topicProbe(topics),
    createStoryEngine(topics),
    ...others.map((service) => service.start()),
  ]);
  const services = [configApi, ...others];
  const urlOf = (port: number): string => `http://127.0.0.1:${port}`;
  return {
    api: createApi(urlOf(configApi.port()), adminKey, definitionsOf(probe)),
    apiUrl: urlOf(configApi.port()),
    engine,
    probe,
    outcome: ({ executionId }, deadlineMs) =>
      probe.next('WebhookCompleted', (one) => one.executionId === executionId, deadlineMs),
    topics,
    databaseUrl: database.databaseUrl,
    env,
    logs,
    operationsUrls: [configApi.operationsPort(), ...others.map((service) => service.port())].map(urlOf),
    stopConfigApi: () => configApi.stop(),
    stop: async () => {
      await Promise.all([engine, probe, ...services].map((part) => part.stop()));
      await Promise.all([database.drop(), topics[Symbol.asyncDispose]()]);
    },
  };
}

/** Returns a function that waits until an action's definition is on its topic. */
export function definitionsOf(probe: TopicProbe): (actionId: string) => Promise<void> {
  return (actionId) => probe.until('WebhookDefinition', (one) => one.actionId === actionId);
}
