import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { unlessAborted } from '@hookline/shared/runtime/unless-aborted';
import type { ContainerSource, KeeperMessage, KeeperOrder } from './keeper-messages.ts';
import { STORE_NAMES, STORES, type StoreName } from './stores.ts';
import { createTail } from './tail.ts';

interface StackOptions {
  /** Fixed ports on 127.0.0.1; a store without a fixed port gets a free port. */
  ports?: Partial<Record<StoreName, number>>;
  /** Whether to prefer start-up speed to durability and peak throughput (default true); benchmarks disable it. */
  quick?: boolean;
  /**
   * Folder for the data while the stack runs (by default the folder for temporary files). If this process runs as root,
   * other users must be able to enter the folder.
   */
  dataRoot?: string;
  /** Source of containers if a Docker engine responds (default `testcontainers`). */
  containers?: ContainerSource;
  /** Environment with HOOKLINE_STACK and the addresses of stores that already run (default `process.env`). */
  env?: Readonly<Record<string, string | undefined>>;
  /** Called with lines about how the stores are started and why, and about slow steps. */
  onProgress?: (line: string) => void;
  /** Called once, after the start, if a store ends by itself; the other stores are then stopped too. */
  onFailure?: (error: Error) => void;
  /** Abort it to cancel the start; stores that are already running are then stopped. */
  signal?: AbortSignal;
}

/** Addresses of Kafka (each `host:port`), Postgres and Redis, all of which accept connections. */
export interface StackAddresses {
  kafkaBrokers: string[];
  databaseUrl: string;
  redisUrl: string;
}

export interface Stack extends StackAddresses, AsyncDisposable {
  /** Stops the stores that `startStack` started and removes their data; resolves when this is complete. Idempotent. */
  stop: () => Promise<void>;
}

/**
 * Starts Kafka, Postgres and Redis for development and tests. A store whose address is in the environment
 * (KAFKA_BROKERS, DATABASE_URL, REDIS_URL) is used as it is. The others are started in containers if a Docker engine
 * responds and has, or can pull, the images, and otherwise as processes (HOOKLINE_STACK=docker or native enforces one
 * of the two). A keeper owns them and stops them when `stop` is called or this process has ended for any reason.
 * @throws Error that names what is missing on this machine and how to install it, or contains a store's last output
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

/** Starts a keeper process, which starts the stores and stops them when `stop` is called or this process exits. */
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
  const errorOutput = createTail(20);
  child.stderr?.on('data', errorOutput.add);

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
  child.once('close', () =>
    ready.reject(new Error(`the keeper of the stack ended before it was ready:\n${errorOutput.text()}`)),
  );
  try {
    const { signal } = options;
    const addresses = await (signal ? unlessAborted(ready.promise, signal) : ready.promise);
    up = true;
    hold(child, false);
    return { addresses, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts the keeper in its own session, so that Ctrl-C in the terminal does not stop it before this process does. */
function spawnKeeper(order: KeeperOrder): ChildProcess {
  // The keeper's file is next to this file and has the same extension, whether both are sources or both are built.
  const program = join(import.meta.dirname, `keeper${extname(import.meta.filename)}`);
  const nodeArgs = ['--conditions=hookline-source', '--no-warnings=ExperimentalWarning', program];
  return spawn(process.execPath, [...nodeArgs, JSON.stringify(order)], { detached: true, stdio: 'pipe' });
}

/**
 * Sets whether the keeper keeps this process running. It must not do so while the stack runs, because the caller may
 * never stop the stack.
 */
function hold(child: ChildProcess, held: boolean): void {
  const streams = [child.stdin, child.stdout, child.stderr] as unknown as { ref(): void; unref(): void }[];
  for (const part of [child, ...streams]) {
    if (held) part.ref();
    else part.unref();
  }
}
