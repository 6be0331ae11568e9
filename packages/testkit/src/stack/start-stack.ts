import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { ContainerSource, KeeperMessage, KeeperOrder } from './keeper-messages.ts';
import { STORE_NAMES, STORES, type StoreName } from './stores.ts';
import { createTail } from './tail.ts';

interface StackOptions {
  /** Fixed ports on 127.0.0.1; a store that is not named gets a free one. */
  ports?: Partial<Record<StoreName, number>>;
  /** Start-up speed before durability and peak throughput (default true); benchmarks switch it off. */
  quick?: boolean;
  /** Folder for the data while the stack runs (default: that for temporary files); as root open to other users. */
  dataRoot?: string;
  /** Which containers, where a Docker engine answers (default `testcontainers`). */
  containers?: ContainerSource;
  /** Where addresses of stores that are already there, and HOOKLINE_STACK, are looked up (default `process.env`). */
  env?: Readonly<Record<string, string | undefined>>;
  /** Told how the stores are started and why so, and what takes long. */
  onProgress?: (line: string) => void;
  /** Told once, after the start, if a store ends by itself; the other stores are then ended too. */
  onFailure?: (error: Error) => void;
  /** Gives the start up; the stores already running are ended. */
  signal?: AbortSignal;
}

/** Addresses of Kafka (`host:port` each), Postgres and Redis that accept connections. */
export interface StackAddresses {
  kafkaBrokers: string[];
  databaseUrl: string;
  redisUrl: string;
}

export interface Stack extends StackAddresses, AsyncDisposable {
  /** Ends what `startStack` started and removes its data; resolves when all is gone. Idempotent. */
  stop: () => Promise<void>;
}

/**
 * Kafka, Postgres and Redis for development and tests. A store whose address stands in the environment
 * (KAFKA_BROKERS, DATABASE_URL, REDIS_URL) is taken from there and left alone. The others are started in containers if a
 * Docker engine answers and has, or can pull, the images, else as processes (HOOKLINE_STACK=docker or native insists);
 * a keeper owns them and ends them when `stop` is called or this process is gone, however it ended.
 * @throws Error that names what is missing on this machine and how to get it, or shows a store's last lines
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const env = options.env ?? process.env;
  const given = givenAddresses(env);
  const names = Object.keys(given) as StoreName[];
  if (names.length > 0) {
    const variables = names.map((name) => STORES[name].addressVariable).join(', ');
    options.onProgress?.(`Stack: ${names.join(', ')} from the environment, because ${variables} is set`);
  }
  const missing = STORE_NAMES.filter((name) => given[name] === undefined);
  if (missing.length === 0) return toStack(given, async () => undefined);
  const ports = Object.fromEntries(missing.map((name) => [name, options.ports?.[name] ?? 0]));
  const keeper = await startKeeper(
    {
      ports,
      way: wayFrom(env),
      containers: options.containers ?? 'testcontainers',
      quick: options.quick ?? true,
      dataRoot: options.dataRoot ?? tmpdir(),
    },
    options,
  );
  return toStack({ ...given, ...keeper.addresses }, keeper.stop);
}

function wayFrom(env: Readonly<Record<string, string | undefined>>): KeeperOrder['way'] {
  const way = env['HOOKLINE_STACK'] || undefined;
  if (way === undefined || way === 'docker' || way === 'native') return way;
  throw new Error(`HOOKLINE_STACK must be docker or native, not "${way}"`);
}

type Addresses = Partial<Record<StoreName, string>>;

function givenAddresses(env: Readonly<Record<string, string | undefined>>): Addresses {
  const given = STORE_NAMES.map((name) => [name, env[STORES[name].addressVariable]] as const);
  return Object.fromEntries(given.filter(([, address]) => address !== undefined && address !== ''));
}

function toStack(addresses: Addresses, stop: () => Promise<void>): Stack {
  return {
    kafkaBrokers: (addresses.kafka ?? '').split(','),
    databaseUrl: addresses.postgres ?? '',
    redisUrl: addresses.redis ?? '',
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Keeper {
  addresses: Addresses;
  stop: () => Promise<void>;
}

/** Starts the stores through a keeper process, which stops them when `stop` is called or this process exits. */
export async function startKeeper(
  order: KeeperOrder,
  options: Pick<StackOptions, 'onFailure' | 'onProgress' | 'signal'> = {},
): Promise<Keeper> {
  options.signal?.throwIfAborted();
  const child = spawnKeeper(order);
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    hold(child, true);
    child.stdin?.destroy();
    await exited;
  };
  const complaints = createTail(20);
  child.stderr?.on('data', complaints.add);

  const ready = Promise.withResolvers<Addresses>();
  let up = false;
  const fail = (error: Error): void => (up ? options.onFailure?.(error) : ready.reject(error));
  const lines = createTail(1, (line) => {
    const message = JSON.parse(line) as KeeperMessage;
    if (message.kind === 'progress') options.onProgress?.(message.line);
    else if (message.kind === 'failed') fail(new Error(message.message));
    else ready.resolve(message.addresses);
  });
  child.stdout?.on('data', lines.add);
  child.once('close', () => ready.reject(new Error(`the keeper of the stack ended:\n${complaints.text()}`)));
  const onAbort = (): void => ready.reject(options.signal?.reason);
  options.signal?.addEventListener('abort', onAbort);
  try {
    const addresses = await ready.promise;
    up = true;
    hold(child, false);
    return { addresses, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** In a session of its own, so that the terminal's Ctrl-C does not reach it before its owner has decided. */
function spawnKeeper(order: KeeperOrder): ChildProcess {
  // The sibling file as source or as built, like this one.
  const program = join(import.meta.dirname, `keeper${extname(import.meta.filename)}`);
  const nodeArgs = ['--conditions=hookline-source', '--no-warnings=ExperimentalWarning', program];
  return spawn(process.execPath, [...nodeArgs, JSON.stringify(order)], { detached: true, stdio: 'pipe' });
}

/** Whether the keeper keeps this process's event loop alive. A stack that nobody stops must not. */
function hold(child: ChildProcess, held: boolean): void {
  const streams = [child.stdin, child.stdout, child.stderr] as unknown as { ref(): void; unref(): void }[];
  for (const part of [child, ...streams]) {
    if (held) part.ref();
    else part.unref();
  }
}
