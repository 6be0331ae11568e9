import { EventEmitter, once } from 'node:events';
import {
  type AccountEndpointStates,
  endpointStatesKey,
  readEndpointStates,
} from '@hookline/shared/contracts/endpoint-state';
import { createLogger, type Logger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { createRedisClient } from '@hookline/shared/runtime/redis-client';
import { Redis } from 'ioredis';
import type { EndpointId } from '../admission/endpoint-state/endpoint-entry.ts';
import { createEndpointStateMetrics } from '../admission/endpoint-state/endpoint-state-metrics.ts';
import { createEndpointStates, type EndpointStates } from '../admission/endpoint-state/endpoint-states.ts';
import {
  createRedisEndpointStates,
  type EndpointStateStore,
} from '../admission/endpoint-state/redis-endpoint-states.ts';

export const NONE = { account: null, endpoint: null };
export const NO_RESERVATION = { hasReservation: false };
export const HOOK = { accountId: 'a', endpoint: 'https://example.com/hook' };
export const OTHER = { accountId: 'a', endpoint: 'https://example.com/other' };

/** A Redis instance, and the prefix of its keys. */
interface RedisLocation {
  redisUrl: string;
  keyPrefix: string;
}

/** The part of a dispatcher that keeps endpoint states. */
interface StateOwner {
  states: EndpointStates;
  store: EndpointStateStore;
  logs: string[];
  /** Names of the fields in each successful write. */
  written: string[][];
  load: { inFlight: number; waiting: number };
  fail(id?: EndpointId): void;
  succeed(id?: EndpointId): void;
  /** Resolves when the next write succeeds (`written`) or fails (`failed`). */
  next(how: 'written' | 'failed'): Promise<unknown>;
}

/** Dispatchers that share a clock and keep endpoint states in Redis, and a view of what is stored there. */
export class StateOwners {
  #now = Date.now();
  readonly #stops: (() => Promise<unknown>)[] = [];

  /** Epoch ms. */
  get now(): number {
    return this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  /** Registers a function to call at the end; the function that was registered last is called first. */
  atEnd(stop: () => Promise<unknown>): void {
    this.#stops.push(stop);
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).toReversed()) await stop();
  }

  /** @param options.writeEveryMs interval at which counters are written */
  async owner({ redisUrl, keyPrefix }: RedisLocation, { writeEveryMs = 20 } = {}): Promise<StateOwner> {
    const logs: string[] = [];
    const logger = createLogger('test', 'info', { write: (line) => void logs.push(line) });
    const redis = createRedisClient(
      { logger },
      { url: redisUrl, caFile: '', prefix: keyPrefix, answerMs: 5_000 },
    );
    const store = createRedisEndpointStates({ redis });
    const observed = observedStore(store);
    const load = { inFlight: 0, waiting: 0 };
    const states = this.#states({ store: observed.store, load, logger }, writeEveryMs);
    await redis.start();
    await states.start();
    this.atEnd(() => redis.stop());
    this.atEnd(() => states.stop());
    return {
      states,
      store,
      logs,
      written: observed.written,
      load,
      fail: (id = HOOK) => call(states, id, 'timeout_error'),
      succeed: (id = HOOK) => call(states, id, null),
      next: (how) => once(observed.writes, how),
    };
  }

  #states(
    { store, load, logger }: { store: EndpointStateStore; load: StateOwner['load']; logger: Logger },
    writeEveryMs: number,
  ): EndpointStates {
    const metrics = createEndpointStateMetrics(createMetrics('test'));
    return createEndpointStates(
      { store, loadOf: () => load, metrics, logger, now: () => this.#now },
      { baseWaitMs: 5_000, writeEveryMs },
    );
  }

  /** Connects to Redis; `states` reads the states as config-api does. */
  observer({ redisUrl, keyPrefix }: RedisLocation): {
    redis: Redis;
    states: () => Promise<AccountEndpointStates>;
  } {
    const redis = new Redis(redisUrl, { keyPrefix: `${keyPrefix}hookline:` });
    this.atEnd(async () => redis.disconnect());
    return {
      redis,
      states: async () =>
        readEndpointStates(Object.entries(await redis.hgetall(endpointStatesKey('a'))), this.#now),
    };
  }
}

/** Opens the circuit; resolves when the change has been written. */
export async function open(one: StateOwner, id: EndpointId = HOOK): Promise<void> {
  const written = one.next('written');
  for (let i = 0; i < 10; i++) one.fail(id);
  await written;
}

function call(states: EndpointStates, id: EndpointId, errorType: 'timeout_error' | null): void {
  const admitted = states.admit(id, NONE, NO_RESERVATION);
  if (admitted.kind === 'postponed') throw new Error(`the call is postponed until ${admitted.until}`);
  admitted.finish(errorType);
}

/** Emits an event after each write, once the writer has received its result. */
function observedStore(store: EndpointStateStore): {
  store: EndpointStateStore;
  writes: EventEmitter;
  written: string[][];
} {
  const writes = new EventEmitter();
  const written: string[][] = [];
  const write: EndpointStateStore['write'] = async (accounts) => {
    try {
      const refused = await store.write(accounts);
      written.push(accounts.flatMap(({ fields }) => fields.map(({ name }) => name)));
      setImmediate(() => writes.emit('written'));
      return refused;
    } catch (error) {
      setImmediate(() => writes.emit('failed'));
      throw error;
    }
  };
  return { store: { ...store, write }, writes, written };
}
