import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '@hookline/testkit/stack/kafka';
import type { StoreProcess } from '@hookline/testkit/stack/store-process';
import type { BrokerMessage, BrokerOrder } from './broker-messages.ts';

/**
 * Owns a broker that is killed and started again on the same data. It is a process of its own, so that the broker ends,
 * and its data with it, when the fault run is gone, however it ended.
 */
const port = Number(process.argv[2]);
const dataDir = await mkdtemp(join(tmpdir(), 'hookline-broker-'));
const left = new AbortController();
let broker: StoreProcess | undefined;

function tell(message: BrokerMessage): void {
  if (process.connected) process.send?.(message);
}

async function start(): Promise<void> {
  const progress = (line: string): void => tell({ kind: 'progress', line });
  broker = await startKafka({ port, dataDir, quick: true, progress, signal: left.signal });
  tell({ kind: 'up' });
}

async function kill(): Promise<void> {
  // Its stop is a SIGKILL.
  await broker?.stop();
  tell({ kind: 'gone' });
}

function obey(order: Promise<void>): void {
  order.catch((error: unknown) => {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
}

async function leave(): Promise<void> {
  left.abort();
  await broker?.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  process.exit();
}

process.on('message', (order: BrokerOrder) => obey(order === 'kill' ? kill() : start()));
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.once('SIGTERM', () => obey(leave()));
process.once('disconnect', () => obey(leave()));
obey(start());
