import { randomBytes } from 'node:crypto';
import { freePort } from '@hookline/testkit/stack/free-port';
import { startService, type ServiceProcess } from '@hookline/tools/service-process';
import { SERVICES, serviceSettings } from '@hookline/tools/service-settings';
import { Client } from 'pg';
import type { BenchPlace } from './bench-place.ts';
import type { Setting } from './row.ts';

/** The four services, from their build, each a process of its own, on a database of their own. */
export interface RunningServices extends AsyncDisposable {
  services: readonly ServiceProcess[];
}

/** @param allowed `host:port` that may be called although it is on loopback */
export async function startServices(
  { stack, logDir }: Setting,
  { client }: BenchPlace,
  allowed: string,
): Promise<RunningServices> {
  const databaseUrl = await createDatabase(stack.databaseUrl);
  const given = { HOOKLINE_TOPIC_PREFIX: client.prefix, HOOKLINE_PARTITIONS: String(client.partitions) };
  const env = { ...serviceSettings(given, { ...stack, databaseUrl }, allowed) };
  const services: ServiceProcess[] = [];
  for (const name of SERVICES) {
    services.push(await startService({ name, port: await freePort(), env, logDir }));
  }
  const stop = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()));
  };
  try {
    const { signal } = new AbortController();
    await Promise.all(services.map((service) => service.ready(signal)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { services, [Symbol.asyncDispose]: stop };
}

async function createDatabase(serverUrl: string): Promise<string> {
  const name = `bench_${randomBytes(4).toString('hex')}`;
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
