import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseWay, describeWay } from './choose-way.ts';
import { freePort, isPortFree } from './free-port.ts';
import type { KeeperMessage, KeeperOrder } from './keeper-messages.ts';
import type { StoreProcess } from './store-process.ts';
import { STORES, type StoreName } from './stores.ts';

/**
 * Process that owns the stores of a local stack. Its standard input is a tether. When the input ends, because the stack
 * is stopped or the parent process has ended (even by SIGKILL), the keeper stops the stores and removes their data.
 */

interface StartedStores {
  addresses: Partial<Record<StoreName, string>>;
  process: StoreProcess;
}

const released = new AbortController();
for (const end of ['end', 'close', 'error'] as const) process.stdin.once(end, () => released.abort());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => released.abort());
process.stdin.resume();
// Writing fails once the parent has ended; then the tether has ended too.
process.stdout.on('error', () => released.abort());

function send(message: KeeperMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function progress(line: string): void {
  send({ kind: 'progress', line });
}

async function keep(order: KeeperOrder): Promise<void> {
  const chosen = await Promise.race([chooseWay(order, progress), aborted(released.signal)]);
  // Exits without waiting for a response of the Docker engine, because nothing has been started yet.
  if (chosen === undefined) process.exit(0);
  progress(describeWay(chosen, Object.keys(order.ports)));
  const runDir = await mkdtemp(join(order.dataRoot, 'hookline-stack-'));
  const started: StartedStores[] = [];
  try {
    // Postgres may run as another user, which must be able to access its own folder inside this folder.
    await chmod(runDir, 0o711);
    if (chosen.way === 'compose') started.push(await startComposed(order));
    else await startAll(order, await starter(chosen.way, order, runDir), started);
    const addresses = Object.assign(
      {},
      ...started.map(({ addresses }) => addresses),
    ) as StartedStores['addresses'];
    send({ kind: 'ready', addresses });
    const ends = started.map(async ({ process }) => process.ended);
    const death = await Promise.race([aborted(released.signal), ...ends]);
    if (death !== undefined) throw new Error(death);
  } finally {
    await Promise.all(started.map(async ({ process }) => process.stop()));
    await rm(runDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function startComposed({ ports }: KeeperOrder): Promise<StartedStores> {
  const { COMPOSE_ADDRESSES, startByCompose } = await import('./compose-stores.ts');
  const taken = await Promise.all(
    Object.entries(ports).map(
      async ([name, port]) => [name as StoreName, await choosePort(name, port)] as const,
    ),
  );
  return {
    addresses: Object.fromEntries(taken.map(([name, port]) => [name, COMPOSE_ADDRESSES[name](port)])),
    process: await startByCompose(Object.fromEntries(taken), released.signal),
  };
}

type Start = (name: StoreName, wantedPort: number, signal: AbortSignal) => Promise<StartedStores>;

/** Starts all stores in parallel, and cancels the other starts if one of them fails. */
async function startAll({ ports }: KeeperOrder, start: Start, started: StartedStores[]): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([released.signal, failed.signal]);
  const starts = Object.entries(ports).map(async ([name, port]) => {
    try {
      started.push(await start(name as StoreName, port, signal));
    } catch (error) {
      failed.abort();
      throw error;
    }
  });
  const outcomes = await Promise.allSettled(starts);
  const reasons = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }) => reason as Error);
  const cause = reasons.find((reason) => reason.name !== 'AbortError') ?? reasons[0];
  if (cause !== undefined) throw cause;
}

async function starter(
  way: 'processes' | 'testcontainers',
  { quick, secured }: KeeperOrder,
  runDir: string,
): Promise<Start> {
  const containers = way === 'testcontainers' ? await import('./store-containers.ts') : undefined;
  return async (name, wantedPort, signal) => {
    const port = await choosePort(name, wantedPort);
    const dataDir = join(runDir, name);
    await mkdir(dataDir);
    await chmod(dataDir, 0o755);
    const start = containers?.CONTAINER_STARTS[name] ?? STORES[name].start;
    const context = { port, dataDir, quick, progress, signal, ...(secured ? { secured } : {}) };
    const process = await start(context);
    return { addresses: { [name]: STORES[name].address(port) }, process };
  };
}

/** Returns the wanted port, or a free port if 0 is wanted. @throws Error if the wanted port is taken */
async function choosePort(name: string, wanted: number): Promise<number> {
  if (wanted === 0) return freePort();
  if (await isPortFree(wanted)) return wanted;
  throw new Error(`port ${wanted}, wanted for ${name}, is taken: free it, or choose another port`);
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return undefined;
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

try {
  await keep(JSON.parse(process.argv[2] ?? '') as KeeperOrder);
} catch (error) {
  if (!released.signal.aborted) {
    const { message, cause } = error as Error;
    send({ kind: 'failed', message: cause instanceof Error ? `${message}\n${cause.message}` : message });
    process.exitCode = 1;
  }
}
process.stdin.destroy();
