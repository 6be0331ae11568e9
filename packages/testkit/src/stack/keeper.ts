import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, isPortFree } from './free-port.ts';
import type { KeeperMessage, KeeperOrder } from './keeper-messages.ts';
import type { StoreProcess } from './store-process.ts';
import { STORES, type StoreName } from './stores.ts';

/**
 * The process that owns the stores of a local stack. Its standard input is a tether: when it ends, because the
 * stack is stopped or because whoever started it is gone (even by SIGKILL), the stores end and their data with them.
 */

interface Started {
  name: StoreName;
  address: string;
  process: StoreProcess;
}

const released = new AbortController();
for (const end of ['end', 'close', 'error'] as const) process.stdin.once(end, () => released.abort());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => released.abort());
process.stdin.resume();
// Nobody listens any more when the parent is gone; the tether has ended then too.
process.stdout.on('error', () => released.abort());

function say(message: KeeperMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function keep(order: KeeperOrder): Promise<void> {
  const runDir = await mkdtemp(join(order.dataRoot, 'hookline-stack-'));
  const started: Started[] = [];
  try {
    // Postgres may run as another user and has to reach its own folder in here.
    await chmod(runDir, 0o711);
    await startAll(order, runDir, started);
    const addresses = Object.fromEntries(started.map(({ name, address }) => [name, address]));
    say({ kind: 'ready', addresses });
    const ends = started.map(async ({ process }) => process.ended);
    const death = await Promise.race([aborted(released.signal), ...ends]);
    if (death !== undefined) throw new Error(death);
  } finally {
    await Promise.all(started.map(async ({ process }) => process.stop()));
    await rm(runDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Starts all stores at once, and lets none go on alone when one of them fails. */
async function startAll(order: KeeperOrder, runDir: string, started: Started[]): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([released.signal, failed.signal]);
  const starts = Object.entries(order.ports).map(async ([name, port]) => {
    try {
      started.push(await startOne(name as StoreName, port, { runDir, signal, quick: order.quick }));
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

async function startOne(
  name: StoreName,
  wantedPort: number,
  { runDir, signal, quick }: { runDir: string; signal: AbortSignal; quick: boolean },
): Promise<Started> {
  const port = wantedPort === 0 ? await freePort() : wantedPort;
  if (!(await isPortFree(port))) {
    throw new Error(`port ${port}, wanted for ${name}, is taken: free it, or choose another one`);
  }
  const dataDir = join(runDir, name);
  await mkdir(dataDir);
  await chmod(dataDir, 0o755);
  const progress = (line: string): void => say({ kind: 'progress', line });
  const process = await STORES[name].start({ port, dataDir, quick, progress, signal });
  return { name, address: STORES[name].address(port), process };
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
    say({ kind: 'failed', message: cause instanceof Error ? `${message}\n${cause.message}` : message });
    process.exitCode = 1;
  }
}
process.stdin.destroy();
