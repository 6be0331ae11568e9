import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ServiceName } from '@hookline/shared/kafka/service-access';
import { createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { COMPILE_CACHE } from '@hookline/testkit/compile-cache';
import { freePort } from '@hookline/testkit/stack/free-port';
import { request } from 'undici';
import type { LogLine } from './log-lines.ts';

/** A service as a process of its own that may not get as far as being started. */
export interface StartingService extends AsyncDisposable {
  lines: readonly LogLine[];
  /**
   * The first line whose message begins so; or, if the process ends instead, that it ended and with what.
   * @throws Error after 20 s that shows what was logged
   */
  says(message: string): Promise<string>;
  get(path: string): Promise<{ status: number; body: string }>;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  exitCode: Promise<number | null>;
}

/** @param env everything it is configured with but HOST and PORT */
export async function startingService(
  service: ServiceName,
  env: Readonly<Record<string, string>>,
): Promise<StartingService> {
  const root = join(import.meta.dirname, '../..');
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      '--conditions=hookline-source',
      '--no-warnings=ExperimentalWarning',
      `--import=${join(root, 'tools/tether.mjs')}`,
      join(root, 'services', service, 'src/main.ts'),
    ],
    {
      env: { PATH: process.env['PATH'], ...COMPILE_CACHE, ...env, HOST: '127.0.0.1', PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const arrivals = createArrivals<LogLine>((line) => JSON.stringify(line));
  createInterface({ input: child.stdout }).on('line', (line) => arrivals.add(JSON.parse(line) as LogLine));
  const exitCode = once(child, 'close').then(([code]) => code as number | null);
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    return exitCode;
  };
  return {
    lines: arrivals.all,
    says: async (message) => {
      const find = (all: readonly LogLine[]): string | undefined =>
        all.map((line) => String(line['msg'])).find((text) => text.startsWith(message));
      const said = arrivals.until(find, { wanted: `"${message}"`, deadlineMs: DEFAULT_DEADLINE_MS });
      return Promise.race([said, exitCode.then((code) => find(arrivals.all) ?? `ended with ${code}`)]);
    },
    get: async (path) => {
      const answer = await request(`http://127.0.0.1:${port}${path}`);
      return { status: answer.statusCode, body: await answer.body.text() };
    },
    stop,
    exitCode,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}
