import { withGroupCoordinator } from './group-coordinator.ts';
import { kafkaEnvironment, QUICK_JVM } from './kafka-settings.ts';
import { INITDB_ARGS, POSTGRES_USER, serverArgs } from './postgres-settings.ts';
import { startStoreContainer } from './store-container.ts';
import type { StoreContext } from './store-context.ts';
import type { StoreProcess } from './store-process.ts';
import type { StoreName } from './stores.ts';

/** The images of the stores, the same as in docker-compose.yml. */
export const IMAGES: Record<StoreName, string> = {
  kafka: 'apache/kafka:4.3.1',
  postgres: 'postgres:17',
  redis: 'redis:7.4',
};

/** Functions that start a store in a container, with the same settings as a process. */
export const CONTAINER_STARTS: Record<StoreName, (context: StoreContext) => Promise<StoreProcess>> = {
  async kafka(context) {
    const dataDir = '/var/lib/kafka/data';
    const broker = await startStoreContainer(
      {
        name: 'Kafka',
        image: IMAGES.kafka,
        port: 9_092,
        environment: {
          // Clients connect to the advertised address. The broker cannot reach it from inside the container, so it
          // connects to itself at `interBroker`.
          ...kafkaEnvironment({
            advertised: `127.0.0.1:${context.port}`,
            listen: ':9092',
            controller: 'localhost:9093',
            interBroker: 'localhost:9094',
            logDir: dataDir,
          }),
          KAFKA_HEAP_OPTS: '-Xmx512m',
          ...(context.quick ? { KAFKA_JVM_PERFORMANCE_OPTS: QUICK_JVM.join(' ') } : {}),
        },
        dataDir,
        dataOwner: 1_000,
        readyLine: /Kafka Server started/,
      },
      context,
    );
    return withGroupCoordinator(broker, context);
  },

  postgres: async (context) =>
    startStoreContainer(
      {
        name: 'Postgres',
        image: IMAGES.postgres,
        port: 5_432,
        command: ['postgres', ...serverArgs(context.quick)],
        environment: {
          POSTGRES_USER,
          POSTGRES_DB: 'postgres',
          POSTGRES_HOST_AUTH_METHOD: 'trust',
          POSTGRES_INITDB_ARGS: INITDB_ARGS.join(' '),
        },
        dataDir: '/var/lib/postgresql/data',
        readyLine: /database system is ready to accept connections/,
        // The first such line comes from the temporary server with which the image initialises the data.
        readyLines: 2,
      },
      context,
    ),

  redis: async (context) =>
    startStoreContainer(
      {
        name: 'Redis',
        image: IMAGES.redis,
        port: 6_379,
        command: ['redis-server', '--save', '', '--appendonly', 'no'],
        dataDir: '/data',
        readyLine: /Ready to accept connections/,
      },
      context,
    ),
};
