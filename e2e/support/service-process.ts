import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { COMPILE_CACHE } from '@hookline/testkit/compile-cache';
import type { Hookline, SeparateService } from './hookline.ts';

/** A service as a process of its own, which a story may stop, kill or freeze. */
export interface ServiceProcess {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has drained and is gone. */
  stop(): Promise<void>;
  /** SIGCONT, for one that a fault point froze. */
  thaw(): void;
  /** Resolves when it has died, or stands still, at the fault point it was started with. */
  fault: Promise<void>;
}

/**
 * Starts a service from its sources; resolves once it is started.
 * @param env what it is configured with beside the story's settings, such as `HOOKLINE_FAULT_POINT`
 */
export async function startService(
  service: SeparateService,
  hookline: Pick<Hookline, 'env'>,
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const root = join(import.meta.dirname, '../..');
  const args = [
    '--conditions=hookline-source',
    '--no-warnings=ExperimentalWarning',
    // Ends it with the test run, however that ends.
    `--import=${join(root, 'tools/tether.mjs')}`,
    join(root, 'services', service, 'src/main.ts'),
  ];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], ...COMPILE_CACHE, ...hookline.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  const started = lineWith(child.stdout, '"msg":"started"');
  const faultReached = lineWith(child.stderr, 'fault point ');
  const fault = faultReached.then((line) =>
    line.endsWith('kill') ? exited.then(() => undefined) : undefined,
  );
  const failed = exited.then(([code]) => {
    throw new Error(`${service} ended with ${code} before it had started`);
  });
  failed.catch(() => undefined);
  await Promise.race([started, failed]);
  return {
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    thaw: () => void child.kill('SIGCONT'),
    fault,
  };
}

/** Resolves with the first line that holds the text; the stream is read on to its end. */
function lineWith(stream: NodeJS.ReadableStream, text: string): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.includes(text)) resolve(line);
    });
  });
}
