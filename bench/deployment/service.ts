import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startServiceProcess } from '@hookline/testkit/service-process';
import { freePort } from '@hookline/testkit/stack/free-port';
import type { WatchedProcess } from '../machine/usage.ts';
import type { Project } from './project.ts';

const READY_DEADLINE_MS = 90_000;
const READY_POLL_MS = 20;

export type ServiceName = 'config-api' | 'dispatcher' | 'retry-scheduler' | 'log-ingestor';

/** A running service of a checkout, started from its build in a separate process. */
export interface Service extends AsyncDisposable {
  url: string;
  process: WatchedProcess;
  /** Time from the start to the first 200 response of `/readyz`, measured with a resolution of 20 ms. */
  readyMs: number;
}

/**
 * Starts a service and waits until it is ready. The service inherits only PATH and HOME from the environment of this
 * process; `env` is added. Its log is written to `<logDir>/<name>-<port>.log`.
 * @throws Error with the last log lines if the service exits or is not ready within 90 s
 */
export async function startBuiltService(
  project: Project,
  { name, env, logDir }: { name: ServiceName; env: Readonly<Record<string, string>>; logDir: string },
): Promise<Service> {
  const port = await freePort();
  const node = join(project.dir, 'node_modules/.bin/node');
  const startedAt = performance.now();
  const service = await startServiceProcess({
    name,
    ...(existsSync(node) ? { node } : {}),
    args: [`services/${name}/dist/main.js`],
    cwd: project.dir,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    port,
    logPath: join(logDir, `${name}-${port}.log`),
  });
  try {
    await service.ready({ deadlineMs: READY_DEADLINE_MS, pollMs: READY_POLL_MS });
  } catch (cause) {
    await service.stop();
    throw new Error(`a service of ${project.dir} did not start: ${(cause as Error).message}`, { cause });
  }
  return {
    url: service.url,
    process: { name, pid: service.pid },
    readyMs: performance.now() - startedAt,
    [Symbol.asyncDispose]: () => service.stop(),
  };
}
