import { join } from 'node:path';
import { type ServiceProcess, startServiceProcess } from '@hookline/testkit/service-process';
import { SOURCE_FLAGS, sourceEnvironment } from '@hookline/testkit/source-process';
import { freePort } from '@hookline/testkit/stack/free-port';

const ROOT = join(import.meta.dirname, '../../..');

/** Services that fault runs start. config-api is not involved in delivery; only scenarios that need it start it. */
export const SERVICES = ['dispatcher', 'retry-scheduler', 'log-ingestor', 'config-api'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface FleetProcessOptions {
  service: ServiceName;
  /** Name that is unique to this start. */
  name: string;
  env: Readonly<Record<string, string>>;
  logDir: string;
  /** Root of the sources that the service runs from; by default the sources of this commit. */
  release?: string;
}

/** A service that runs from its sources in its own process. */
export interface FleetProcess {
  service: ServiceName;
  process: ServiceProcess;
  /** Base URL of its metrics. */
  operationsUrl: string;
  /** Resolves with the time, in epoch ms, at which the service reached the fault point that it was started with. */
  faultAt: Promise<number>;
}

/** Starts a service without waiting until it is ready. */
export async function startFleetProcess({
  service,
  name,
  env,
  logDir,
  release = ROOT,
}: FleetProcessOptions): Promise<FleetProcess> {
  const fault = Promise.withResolvers<number>();
  const port = await freePort();
  // config-api serves its metrics on a separate port.
  const operationsPort = service === 'config-api' ? await freePort() : port;
  const process = await startServiceProcess({
    name,
    args: [...SOURCE_FLAGS, join(release, `services/${service}/src/main.ts`)],
    env: { ...sourceEnvironment(), ...env, HOOKLINE_OPERATIONS_PORT: String(operationsPort) },
    port,
    logPath: join(logDir, `${name}.log`),
    onErrorLine: (line) => {
      if (line.startsWith('fault point ')) fault.resolve(Date.now());
    },
  });
  return {
    service,
    process,
    operationsUrl: `http://127.0.0.1:${operationsPort}`,
    faultAt: fault.promise,
  };
}
