import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { WatchedProcess } from '../machine/usage.ts';

const run = promisify(execFile);
const SOURCES = join(import.meta.dirname, '../go');
const BINARIES = join(import.meta.dirname, '../out/bin');
const BUILD_DEADLINE_MS = 300_000;

/** @returns the version of the Go toolchain; undefined if Go is not installed */
export async function goVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await run('go', ['env', 'GOVERSION'], { cwd: SOURCES });
    return stdout.trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Paths of the load generator and the receiver. */
export interface GoPrograms {
  load: string;
  sink: string;
}

/** Builds both programs in bench/out/bin, which git ignores. */
export async function buildGoPrograms(): Promise<GoPrograms> {
  await mkdir(BINARIES, { recursive: true });
  await run('go', ['build', '-o', `${BINARIES}/`, './cmd/...'], { cwd: SOURCES, timeout: BUILD_DEADLINE_MS });
  return { load: join(BINARIES, 'load'), sink: join(BINARIES, 'sink') };
}

export type LoadKind = 'round' | 'waits' | 'definitions';

/**
 * Runs the load generator until it exits. The load generator also exits with this process, because its standard input
 * is a pipe from this process.
 * @param deadlineMs time after which it is killed; the order that it receives contains an earlier deadline
 * @throws Error with the output of the load generator if it fails
 */
export async function runLoad<Result>(
  program: string,
  { kind, order, deadlineMs }: { kind: LoadKind; order: object; deadlineMs: number },
): Promise<Result> {
  const child = spawn(program, [kind], { stdio: 'pipe' });
  const late = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  const ended = once(child, 'close') as Promise<[number | null]>;
  // If the program has exited early, writing to it fails; that must not end this process.
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(order)}\n`);
  try {
    const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (errors !== '') process.stderr.write(errors);
    if (code !== 0)
      throw new Error(
        `the load generator (${kind}) ${code === null ? 'was killed' : `exited with ${code}`}: ${errors}`,
      );
    return JSON.parse(out) as Result;
  } finally {
    clearTimeout(late);
  }
}

/** The running receiver of all webhooks. */
export interface Sink extends AsyncDisposable {
  url: string;
  /** `host:port`, for the allow-list of destinations. */
  address: string;
  process: WatchedProcess;
}

export async function startSink(program: string): Promise<Sink> {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  child.stdin.write('\n');
  const lines = createInterface({ input: child.stdout });
  const [address] = (await Promise.race([
    once(lines, 'line'),
    ended.then(([code]) => Promise.reject(new Error(`the receiver exited with ${code} before it was ready`))),
  ])) as [string];
  return {
    url: `http://${address}`,
    address,
    process: { name: 'receiver', pid: child.pid ?? 0 },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
