import { freePort } from '@hookline/testkit/stack/free-port';
import { startService } from '@hookline/tools/service-process';
import { request } from 'undici';
import type { BenchPlace } from './bench-place.ts';
import type { Setting } from './row.ts';

/** What the scheduler says of its own process. */
export interface ProcessSample {
  /** Epoch ms. */
  at: number;
  rssBytes: number;
  /** Since its start. */
  cpuSeconds: number;
}

/** A retry scheduler from its build, a process of its own with the default settings. */
export interface BenchScheduler extends AsyncDisposable {
  sample(): Promise<ProcessSample>;
}

export async function startScheduler(
  { stack, logDir }: Setting,
  { client }: BenchPlace,
): Promise<BenchScheduler> {
  const env = {
    KAFKA_BROKERS: stack.kafkaBrokers.join(','),
    HOOKLINE_TOPIC_PREFIX: client.prefix,
    HOOKLINE_PARTITIONS: String(client.partitions),
  };
  const service = await startService({ name: 'retry-scheduler', port: await freePort(), env, logDir });
  try {
    await service.ready(new AbortController().signal);
  } catch (error) {
    await service.stop();
    throw error;
  }
  return { sample: () => sample(service.url), [Symbol.asyncDispose]: () => service.stop() };
}

async function sample(url: string): Promise<ProcessSample> {
  const { body } = await request(`${url}/metrics`);
  const text = await body.text();
  const valueOf = (name: string): number => {
    const [, value] = new RegExp(`^${name}\\{[^}]*\\} ([0-9.e+-]+)$`, 'm').exec(text) ?? [];
    if (value === undefined) throw new Error(`${url}/metrics shows no ${name}`);
    return Number(value);
  };
  return {
    at: Date.now(),
    rssBytes: valueOf('process_resident_memory_bytes'),
    cpuSeconds: valueOf('process_cpu_seconds_total'),
  };
}
