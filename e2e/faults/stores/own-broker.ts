import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreContext } from '@hookline/testkit/stack/store-context';
import type { StoreProcess } from '@hookline/testkit/stack/store-process';
import type { BrokerMessage, BrokerOrder } from './broker-messages.ts';

/**
 * Owns a broker that is killed and started again on the same data, for as long as this process has its parent: whatever
 * way the fault run ends, the broker ends with it, and its data are removed.
 * @param startOn starts it on the data that are there
 */
export async function ownBroker(
  port: number,
  startOn: (context: StoreContext) => Promise<StoreProcess>,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookline-broker-'));
  const left = new AbortController();
  let broker: StoreProcess | undefined;

  const start = async (): Promise<void> => {
    const progress = (line: string): void => tell({ kind: 'progress', line });
    broker = await startOn({ port, dataDir, quick: true, progress, signal: left.signal });
    tell({ kind: 'up' });
  };
  const kill = async (): Promise<void> => {
    // Its stop is a SIGKILL.
    await broker?.stop();
    tell({ kind: 'gone' });
  };
  const leave = async (): Promise<void> => {
    left.abort();
    await broker?.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    process.exit();
  };

  process.on('message', (order: BrokerOrder) => obey(order === 'kill' ? kill() : start()));
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.once('SIGTERM', () => obey(leave()));
  process.once('disconnect', () => obey(leave()));
  obey(start());
}

function tell(message: BrokerMessage): void {
  if (process.connected) process.send?.(message);
}

function obey(order: Promise<void>): void {
  order.catch((error: unknown) => {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
}
