import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@hookline/testkit/stack/free-port';
import type { WatchedProcess } from '../machine/usage.ts';
import type { Project } from './project.ts';

const TETHER = join(import.meta.dirname, '../../tools/tether.mjs');
const READY_DEADLINE_MS = 90_000;
const READY_POLL_MS = 20;
/** A service drains for up to 30 s. */
const STOP_DEADLINE_MS = 35_000;
const LOG_LINES_SHOWN = 30;

export type ServiceName = 'config-api' | 'dispatcher' | 'retry-scheduler' | 'log-ingestor';

/** A running service of a checkout, started from its build in a separate process. */
export interface Service extends AsyncDisposable {
  url: string;
  process: WatchedProcess;
  /** Time from its start to the first 200 of `/readyz`, measured to 20 ms. */
  readyMs: number;
}

/**
 * Starts a service and waits until it is ready. From the environment of this process it inherits only PATH and HOME; `env`
 * is added. Writes its log to `<logDir>/<name>-<port>.log`.
 * @throws Error with its last log lines if it exits or is not ready within 90 s
 */
export async function startBuiltService(
  project: Project,
  { name, env, logDir }: { name: ServiceName; env: Readonly<Record<string, string>>; logDir: string },
): Promise<Service> {
  const port = await freePort();
  const logPath = join(logDir, `${name}-${port}.log`);
  await using log = await open(logPath, 'a');
  const node = join(project.dir, 'node_modules/.bin/node');
  const startedAt = performance.now();
  const child = spawn(
    existsSync(node) ? node : process.execPath,
    [`--import=${TETHER}`, `services/${name}/dist/main.js`],
    {
      cwd: project.dir,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        ...env,
        HOST: '127.0.0.1',
        PORT: String(port),
      },
      stdio: ['ignore', log.fd, log.fd],
    },
  );
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(forced);
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await Promise.race([
      untilReady(url),
      ended.then(([code, signal]) => Promise.reject(new Error(`the service exited with ${code ?? signal}`))),
    ]);
  } catch (cause) {
    await stop();
    const lines = (await readFile(logPath, 'utf8')).trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
    throw new Error(`${name} of ${project.dir} did not start. The end of ${logPath}:\n${lines}`, { cause });
  }
  return {
    url,
    process: { name, pid: child.pid ?? 0 },
    readyMs: performance.now() - startedAt,
    [Symbol.asyncDispose]: stop,
  };
}

async function untilReady(url: string): Promise<void> {
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (!(await isReady(`${url}/readyz`))) {
    if (performance.now() > deadline)
      throw new Error(`the service was not ready within ${READY_DEADLINE_MS} ms`);
    await sleep(READY_POLL_MS);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.text();
    return response.ok;
  } catch {
    // The service does not listen yet.
    return false;
  }
}
