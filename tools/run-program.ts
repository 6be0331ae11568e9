import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

const KILL_AFTER_MS = 10_000;

export interface ProgramOptions {
  /** When aborted, ends the program: sends SIGTERM to it and its descendants, and SIGKILL 10 s later. */
  signal: AbortSignal;
  /** `keep` returns the output of the program; `show` passes it to the output of this process. */
  output: 'keep' | 'show';
  env?: Readonly<Record<string, string | undefined>>;
}

/** Result of a program. */
export interface ProgramEnd {
  ok: boolean;
  /** Output of the program, stdout before stderr; empty if it was shown. */
  output: string;
}

/**
 * Runs a program to its end, as the leader of a process group, so that stopping it also stops its descendants.
 * @throws Error if it cannot be started, or the signal's reason if it was stopped
 */
export async function runProgram(
  program: string,
  args: string[],
  options: ProgramOptions,
): Promise<ProgramEnd> {
  const { signal, output, env } = options;
  signal.throwIfAborted();
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    detached: true,
    stdio: [
      'ignore',
      ...(output === 'keep' ? (['pipe', 'pipe'] as const) : (['inherit', 'inherit'] as const)),
    ],
  });
  const end = Promise.withResolvers<number | null>();
  child.once('error', end.reject);
  child.once('exit', end.resolve);
  const stop = (): void => stopGroup(child.pid);
  signal.addEventListener('abort', stop);
  try {
    const streams = [child.stdout, child.stderr].map(async (stream) => (stream === null ? '' : text(stream)));
    const code = await end.promise;
    signal.throwIfAborted();
    return { ok: code === 0, output: (await Promise.all(streams)).join('') };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function stopGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  killGroup(pid, 'SIGTERM');
  setTimeout(() => killGroup(pid, 'SIGKILL'), KILL_AFTER_MS).unref();
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
