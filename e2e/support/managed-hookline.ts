import { randomBytes } from 'node:crypto';
import { compose as composeConfigApi, type ConfigApi } from '@hookline/config-api/compose';
import { readConfig as readConfigApiConfig } from '@hookline/config-api/config';
import { compose as composeDispatcher } from '@hookline/dispatcher/compose';
import { readConfig as readDispatcherConfig } from '@hookline/dispatcher/config';
import { compose as composeLogIngestor } from '@hookline/log-ingestor/compose';
import { readConfig as readLogIngestorConfig } from '@hookline/log-ingestor/config';
import { runRebuild } from '@hookline/log-ingestor/rebuild/run-rebuild';
import { compose as composeRetryScheduler } from '@hookline/retry-scheduler/compose';
import { readConfig as readRetrySchedulerConfig } from '@hookline/retry-scheduler/config';
import type { ServiceName } from '@hookline/shared/deployment/service-access';
import type { App } from '@hookline/shared/runtime/lifecycle';
import { createLogger } from '@hookline/shared/runtime/logger';
import { guideRedisUser } from '@hookline/testkit/operations-guide';
import type { Login } from '@hookline/testkit/stack/secured-stores';
import { createApi, type Api } from './api.ts';

type Env = Readonly<Record<string, string>>;

export interface ManagedStores {
  /** `host:port` of a Kafka listener that requires TLS and a login. */
  brokers: string;
  /** The database and its users; `owner` creates the schema. */
  database: { port: number; name: string; owner: Login; api: Login };
  /** `host:port` of a Redis with the user from the operations guide; the services also work if Redis is unreachable. */
  redis: string;
  /** Path of the CA certificate of all stores. */
  caFile: string;
  /** Destination that may be called, `host:port`. */
  destination: string;
}

export const PARTITIONS = 2;

/** Returns the Kafka login of a service, whose user has the service's name. */
export function kafkaLogin(service: ServiceName): Login {
  return { name: service, password: `${service}-secret` };
}

/** Returns the environment with which a service connects to a Kafka and a Postgres that are managed elsewhere. */
export function managedEnv(place: ManagedStores, service: ServiceName, role: Login): Env {
  const { name, password } = kafkaLogin(service);
  const { port, name: database } = place.database;
  return {
    KAFKA_BROKERS: place.brokers,
    KAFKA_TLS: 'true',
    KAFKA_CA_FILE: place.caFile,
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_USERNAME: name,
    KAFKA_PASSWORD: password,
    HOOKLINE_TOPICS: 'check',
    HOOKLINE_PARTITIONS: String(PARTITIONS),
    DATABASE_URL: `postgres://${role.name}:${role.password}@127.0.0.1:${port}/${database}?sslmode=verify-full`,
    DATABASE_CA_FILE: place.caFile,
  };
}

/** The four services, each with its own Kafka login; in Postgres, only config-api has a role of its own. */
export interface ManagedHookline {
  api: Api;
  /** Lines that the services logged, as JSON strings. */
  logs: readonly string[];
  /** Stops the dispatcher and starts another dispatcher. */
  restartDispatcher(): Promise<void>;
  /** Rebuilds history from all records; returns the exit code of the command. */
  rebuild(): Promise<number>;
  stop(): Promise<void>;
}

/** @param published waits until an action's definition is on its topic */
export async function startManagedHookline(
  place: ManagedStores,
  published: (actionId: string) => Promise<void>,
): Promise<ManagedHookline> {
  const adminKey = randomBytes(32).toString('base64url');
  const rest = {
    HOOKLINE_BASE_WAIT_MS: '200',
    HOOKLINE_MASTER_KEYS: `test:${randomBytes(32).toString('base64')}`,
    HOOKLINE_ADMIN_KEY: adminKey,
    HOOKLINE_LOOKUP_KEY: randomBytes(32).toString('base64'),
    HOOKLINE_ALLOWED_DESTINATIONS: place.destination,
    REDIS_URL: `rediss://${guideRedisUser().name}:${guideRedisUser().password}@${place.redis}`,
    REDIS_CA_FILE: place.caFile,
  };
  const { owner, api } = place.database;
  const env = (service: ServiceName, role = owner): Env => ({
    ...managedEnv(place, service, role),
    ...rest,
  });
  const logs: string[] = [];
  const logger = createLogger('e2e', 'info', { write: (line) => void logs.push(line) });
  const newDispatcher = (): Promise<App> =>
    composeDispatcher({ logger }, readDispatcherConfig(env('dispatcher')));

  const configApi: ConfigApi = await composeConfigApi(
    { logger },
    readConfigApiConfig(env('config-api', api)),
  );
  let dispatcher = await newDispatcher();
  const ingestor = await composeLogIngestor({ logger }, readLogIngestorConfig(env('log-ingestor')));
  const others: App[] = [
    configApi,
    await composeRetryScheduler({ logger }, readRetrySchedulerConfig(env('retry-scheduler'))),
  ];
  const stop = async (): Promise<void> => {
    await Promise.all([dispatcher, ingestor, ...others].map((service) => service.stop()));
  };
  try {
    // log-ingestor starts first, because only its role may create tables.
    await ingestor.start();
    await Promise.all([...others, dispatcher].map((service) => service.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    api: createApi(`http://127.0.0.1:${configApi.port()}`, adminKey, published),
    logs,
    restartDispatcher: async () => {
      await dispatcher.stop();
      dispatcher = await newDispatcher();
      await dispatcher.start();
    },
    rebuild: () => runRebuild({ logger }, readLogIngestorConfig(env('log-ingestor')), { from: 0 }),
    stop,
  };
}
