import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_DEADLINE_MS = 60_000;
const READY_POLL_MS = 100;
/** Longer than the 30 s for which a service may drain. */
const STOP_DEADLINE_MS = 35_000;
const LOG_LINES_SHOWN = 30;

export interface BuiltServiceOptions {
  /** Name of the folder under services/ and of the log file. */
  name: string;
  /** Port of its health routes, and of its API if it has one. */
  port: number;
  env: Readonly<Record<string, string>>;
  logDir: string;
}

/** One of Hookline's services as a separate process. */
export interface BuiltService {
  name: string;
  url: string;
  /** Resolves when the process has exited, with a text that contains the reason and its last log lines. */
  ended: Promise<string>;
  /** Resolves when `/readyz` responds with 200; rejects after 60 s, or with the signal's reason if it is aborted. */
  ready(signal: AbortSignal): Promise<void>;
  /** Sends SIGTERM, and SIGKILL after 35 s; resolves when the process has exited. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a service from its build. It logs to `<logDir>/<name>.log`. */
export async function startBuiltService({
  name,
  port,
  env,
  logDir,
}: BuiltServiceOptions): Promise<BuiltService> {
  const logPath = join(logDir, `${name}.log`);
  await using log = await open(logPath, 'a');
  const child = spawn(process.execPath, ['--import=./tools/tether.mjs', `services/${name}/dist/main.js`], {
    env: { ...process.env, ...env, HOST: '127.0.0.1', PORT: String(port) },
    // Detached from the terminal, so that a Ctrl-C reaches only `npm start`, which stops the services in order.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  const url = `http://127.0.0.1:${port}`;
  const exit = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`ended with ${code ?? signal}`));
  });
  const explain = async (how: string): Promise<string> =>
    `${name} ${how}. The end of ${logPath}:\n${await lastLines(logPath)}`;

  return {
    name,
    url,
    ended: exit.then(explain),
    async ready(signal) {
      const deadline = Date.now() + READY_DEADLINE_MS;
      for (;;) {
        const problem = await notReady(`${url}/readyz`);
        if (problem === undefined) return;
        if (Date.now() > deadline) throw new Error(await explain(`is not ready after 60 s: ${problem}`));
        await sleep(READY_POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    },
    async stop() {
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
      await exit;
      clearTimeout(forced);
    },
  };
}

async function notReady(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url);
    return answer.ok ? undefined : `${answer.status} ${await answer.text()}`;
  } catch (error) {
    return `no response (${String((error as Error).cause ?? error)})`;
  }
}

async function lastLines(path: string): Promise<string> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.slice(-LOG_LINES_SHOWN).join('\n');
}
