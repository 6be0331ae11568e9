import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreContext } from '@hookline/testkit/stack/store-context';
import type { StoreProcess } from '@hookline/testkit/stack/store-process';
import type { BrokerMessage, BrokerOrder } from './broker-messages.ts';

/**
 * Owns a broker, which the parent process can kill and restart on the same data. When the parent process ends, for
 * whatever reason, the broker is killed and its data is removed.
 * @param startOn starts the broker on the data in its folder, which is empty at the first start
 */
export async function ownBroker(
  port: number,
  startOn: (context: StoreContext) => Promise<StoreProcess>,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookline-broker-'));
  const left = new AbortController();
  let broker: StoreProcess | undefined;

  const start = async (): Promise<void> => {
    const progress = (line: string): void => send({ kind: 'progress', line });
    broker = await startOn({ port, dataDir, quick: true, progress, signal: left.signal });
    send({ kind: 'up' });
  };
  const kill = async (): Promise<void> => {
    // `stop` sends SIGKILL.
    await broker?.stop();
    send({ kind: 'gone' });
  };
  const leave = async (): Promise<void> => {
    left.abort();
    await broker?.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    process.exit();
  };

  process.on('message', (order: BrokerOrder) => reportFailure(order === 'kill' ? kill() : start()));
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.once('SIGTERM', () => reportFailure(leave()));
  process.once('disconnect', () => reportFailure(leave()));
  reportFailure(start());
}

function send(message: BrokerMessage): void {
  if (process.connected) process.send?.(message);
}

function reportFailure(order: Promise<void>): void {
  order.catch((error: unknown) => {
    send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
}
