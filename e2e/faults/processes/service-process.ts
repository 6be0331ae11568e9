import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { COMPILE_CACHE } from '@hookline/testkit/compile-cache';
import { freePort } from '@hookline/testkit/stack/free-port';
import { SOURCE_FLAGS } from './source-flags.ts';

/** Services that fault runs start. config-api takes no part in carrying out a request, so it is left out. */
export const SERVICES = ['dispatcher', 'retry-scheduler', 'log-ingestor'] as const;
export type ServiceName = (typeof SERVICES)[number];

const ROOT = join(import.meta.dirname, '../../..');
const TETHER = join(ROOT, 'tools/tether.mjs');
const POLL_MS = 50;
const READY_DEADLINE_MS = 60_000;
const LINES_SHOWN = 20;

export interface ServiceOptions {
  service: ServiceName;
  /** A name of its own for this start. */
  name: string;
  env: Readonly<Record<string, string>>;
  logDir: string;
}

/** A service from its sources, as a process that may be killed, frozen and watched. */
export interface ServiceProcess {
  service: ServiceName;
  name: string;
  url: string;
  logPath: string;
  /** Resolves when `/readyz` answers 200. */
  ready(): Promise<void>;
  /** Sends a signal to it. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it is gone. */
  exited: Promise<void>;
  isGone(): boolean;
  /** Resolves with the time at which it came to the fault point it was started with, epoch ms. */
  faultAt: Promise<number>;
}

/** Starts it; it is not ready yet. It ends with this process, however that ends. */
export async function startService({ service, name, env, logDir }: ServiceOptions): Promise<ServiceProcess> {
  const port = await freePort();
  const logPath = join(logDir, `${name}.log`);
  const main = join(ROOT, 'services', service, 'src/main.ts');
  // Straight to the file: a pipe that we are slow to read would hold the service up.
  await using log = await open(logPath, 'a');
  const child = spawn(process.execPath, [...SOURCE_FLAGS, `--import=${TETHER}`, main], {
    env: { PATH: process.env['PATH'], ...COMPILE_CACHE, ...env, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', log.fd, 'pipe'],
  });
  const errors = child.stderr;
  if (!errors) throw new Error('a child with a pipe for its errors has none');
  errors.pipe(createWriteStream(logPath, { flags: 'a' }));
  const fault = Promise.withResolvers<number>();
  createInterface({ input: errors }).on('line', (line) => {
    if (line.startsWith('fault point ')) fault.resolve(Date.now());
  });
  let gone = false;
  // Its errors are read to the end by then.
  const exited = once(child, 'close').then(() => {
    gone = true;
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    service,
    name,
    url,
    logPath,
    exited,
    isGone: () => gone,
    faultAt: fault.promise,
    signal: (signal) => void child.kill(signal),
    ready: async () => {
      for (const deadline = Date.now() + READY_DEADLINE_MS; !(await isReady(url)); await sleep(POLL_MS)) {
        if (gone) throw new Error(`${name} ended before it was ready:\n${await lastLines(logPath)}`);
        if (Date.now() > deadline) throw new Error(`${name} is not ready:\n${await lastLines(logPath)}`);
      }
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`).catch(() => null);
  await answer?.body?.cancel();
  return answer?.ok ?? false;
}

async function lastLines(path: string): Promise<string> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.slice(-LINES_SHOWN).join('\n');
}
