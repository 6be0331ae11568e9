import { startKafka } from './kafka.ts';
import { startPostgres } from './postgres.ts';
import { POSTGRES_USER } from './postgres-settings.ts';
import { startRedis } from './redis.ts';
import type { StoreContext } from './store-context.ts';
import type { StoreProcess } from './store-process.ts';

export const STORE_NAMES = ['kafka', 'postgres', 'redis'] as const;
export type StoreName = (typeof STORE_NAMES)[number];

interface Store {
  /** Environment variable with the address of the store if it already runs. */
  addressVariable: string;
  /** Starts the store as a process on this machine. */
  start: (context: StoreContext) => Promise<StoreProcess>;
  /** Returns the value of `addressVariable` for a store that was started on this port. */
  address(port: number): string;
}

/** The three stores of Hookline. */
export const STORES: Record<StoreName, Store> = {
  kafka: {
    addressVariable: 'KAFKA_BROKERS',
    start: startKafka,
    address: (port) => `127.0.0.1:${port}`,
  },
  postgres: {
    addressVariable: 'DATABASE_URL',
    start: startPostgres,
    address: (port) => `postgres://${POSTGRES_USER}@127.0.0.1:${port}/postgres`,
  },
  redis: {
    addressVariable: 'REDIS_URL',
    start: startRedis,
    address: (port) => `redis://127.0.0.1:${port}`,
  },
};
