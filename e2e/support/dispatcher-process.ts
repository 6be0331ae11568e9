import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Hookline } from './hookline.ts';

/** A dispatcher as a process of its own, which a story may stop or kill. */
export interface DispatcherProcess {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has drained and is gone. */
  stop(): Promise<void>;
}

/** Starts a dispatcher from its sources; resolves once it is started. */
export async function startDispatcher({ env }: Hookline): Promise<DispatcherProcess> {
  const main = join(import.meta.dirname, '../../services/dispatcher/src/main.ts');
  const args = ['--conditions=hookline-source', '--no-warnings=ExperimentalWarning', main];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  const lines = createInterface({ input: child.stdout });
  const started = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      if (line.includes('"msg":"started"')) resolve();
    });
  });
  const failed = exited.then(([code]) => {
    throw new Error(`the dispatcher ended with ${code} before it had started`);
  });
  failed.catch(() => undefined);
  await Promise.race([started, failed]);
  return { kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}
