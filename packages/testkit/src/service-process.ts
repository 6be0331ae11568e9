import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { TETHER_FLAG } from './source-process.ts';

const READY_DEADLINE_MS = 120_000;
const READY_POLL_MS = 50;
/** Longer than the 30 s for which a service may drain. */
const STOP_DEADLINE_MS = 35_000;
const LOG_LINES_SHOWN = 30;

/** Command that runs one service. */
export interface ServiceCommand {
  /** Name for messages. */
  name: string;
  /** Arguments of Node: flags and the program. */
  args: readonly string[];
  /** Node executable; by default that of this process. */
  node?: string;
  cwd?: string;
  /** Complete environment of the service, except HOST and PORT. */
  env: Readonly<Record<string, string | undefined>>;
  /** Port on 127.0.0.1 for the health routes of the service, and for its API if it has one. */
  port: number;
  /** File to which the output of the service is appended. */
  logPath: string;
  /** Whether the service runs in its own session, so that Ctrl-C in the terminal does not reach it. */
  detached?: boolean;
  /** Called with every line that the service writes to stderr; the line is also written to the log. */
  onErrorLine?: (line: string) => void;
}

/** Time limit and polling interval of a wait for readiness, and a signal that ends the wait. */
interface ReadyOptions {
  deadlineMs?: number;
  pollMs?: number;
  signal?: AbortSignal;
}

/**
 * A service in its own process, which logs to a file and listens on a port of 127.0.0.1. It ends when this process
 * ends, for whatever reason.
 */
export class ServiceProcess {
  readonly name: string;
  readonly url: string;
  readonly logPath: string;
  /**
   * Resolves to a text about how the process ended, such as `ended with 0`, once it has ended and its output is in the
   * log.
   */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #hasEnded = false;

  constructor(
    child: ChildProcess,
    { name, port, logPath }: Pick<ServiceCommand, 'name' | 'port' | 'logPath'>,
  ) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    this.logPath = logPath;
    this.#child = child;
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#hasEnded = true;
        resolve(how);
      };
      child.once('error', (error) => end(`could not be started: ${error.message}`));
      child.once('close', (code, signal) => end(`ended with ${code ?? signal}`));
    });
  }

  /** Process id; 0 if the process could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /**
   * Resolves when `/readyz` answers 200.
   * @throws Error with the last log lines if the process ends first or is not ready in time (120 s by default); the
   *   signal's reason if the signal is aborted
   */
  async ready({
    deadlineMs = READY_DEADLINE_MS,
    pollMs = READY_POLL_MS,
    signal,
  }: ReadyOptions = {}): Promise<void> {
    for (const deadline = performance.now() + deadlineMs; ;) {
      const problem = await problemOf(`${this.url}/readyz`);
      if (problem === undefined) return;
      if (this.#hasEnded) throw new Error(await this.explain(`${await this.ended} before it was ready`));
      if (performance.now() > deadline)
        throw new Error(await this.explain(`was not ready within ${deadlineMs} ms: ${problem}`));
      await sleep(pollMs, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  /** Sends a signal without waiting for its effect. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Sends SIGTERM, and SIGKILL after 35 s; resolves when the process has ended. Idempotent. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    const forced = setTimeout(() => this.signal('SIGKILL'), STOP_DEADLINE_MS);
    await this.ended;
    clearTimeout(forced);
  }

  /** Returns a text about the process, with its last log lines. */
  async explain(how: string): Promise<string> {
    const lines = (await readFile(this.logPath, 'utf8')).trimEnd().split('\n');
    return `${this.name} ${how}. The end of ${this.logPath}:\n${lines.slice(-LOG_LINES_SHOWN).join('\n')}`;
  }
}

/** Starts a service without waiting until it is ready. */
export async function startServiceProcess(command: ServiceCommand): Promise<ServiceProcess> {
  const { args, node = process.execPath, cwd, env, port, logPath, detached = false, onErrorLine } = command;
  // Output goes straight to the file unless `onErrorLine` needs it: a pipe that is read too slowly blocks the service.
  await using log = await open(logPath, 'a');
  const child = spawn(node, [TETHER_FLAG, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...env, HOST: '127.0.0.1', PORT: String(port) },
    detached,
    stdio: ['ignore', log.fd, onErrorLine ? 'pipe' : log.fd],
  });
  if (child.stderr && onErrorLine) {
    // Written synchronously, so that the log is complete when the process has ended.
    child.stderr.on('data', (chunk: Buffer) => appendFileSync(logPath, chunk));
    createInterface({ input: child.stderr }).on('line', onErrorLine);
  }
  return new ServiceProcess(child, command);
}

async function problemOf(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url);
    const body = await answer.text();
    return answer.ok ? undefined : `${answer.status} ${body}`;
  } catch (error) {
    return `no response (${String((error as Error).cause ?? error)})`;
  }
}
