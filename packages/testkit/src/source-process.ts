import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { COMPILE_CACHE } from './compile-cache.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Node flag that makes a process end when its parent ends, whatever the reason. */
export const TETHER_FLAG = `--import=${join(ROOT, 'tools/tether.mjs')}`;

/** Node flags for running the sources, which, unlike the builds, contain fault points. */
export const SOURCE_FLAGS = ['--conditions=hookline-source', '--no-warnings=ExperimentalWarning'];

interface SourceProgram {
  /** Main module, relative to the root of the repository, such as `services/dispatcher/src/main.ts`. */
  main: string;
  args?: readonly string[];
  /** Environment of the program, in addition to `sourceEnvironment`. */
  env: Readonly<Record<string, string | undefined>>;
  /** Whether the output can be read from `stdout` of the result (default), or is discarded. */
  stdout?: 'pipe' | 'ignore';
  /** Whether stderr can be read from `stderr` of the result (default), or goes to the stderr of this process. */
  stderr?: 'pipe' | 'inherit';
}

/** How a process ended; either the code or the signal is null. */
interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program of this repository that runs from its sources in its own process, and may be stopped, killed or frozen. */
interface SourceProcess {
  /** Empty if the output is discarded. */
  stdout: Readable;
  /** Empty if stderr is inherited. */
  stderr: Readable;
  /** Resolves when the process has ended and all its output has been read. */
  ended: Promise<ProcessEnd>;
  /** Sends a signal without waiting for its effect. */
  signal(name: NodeJS.Signals): void;
  /** Sends a signal; resolves when the process has ended. */
  end(name: NodeJS.Signals): Promise<ProcessEnd>;
}

export function startFromSources(program: SourceProgram): SourceProcess {
  const { main, args = [], env, stdout = 'pipe', stderr = 'pipe' } = program;
  const child = spawn(process.execPath, [...SOURCE_FLAGS, TETHER_FLAG, join(ROOT, main), ...args], {
    env: { ...sourceEnvironment(), ...env },
    stdio: ['ignore', stdout, stderr],
  });
  const ended = once(child, 'close').then(([code, signal]): ProcessEnd => ({ code, signal }));
  const signal = (name: NodeJS.Signals): void => void child.kill(name);
  return {
    stdout: child.stdout ?? Readable.from([]),
    stderr: child.stderr ?? Readable.from([]),
    ended,
    signal,
    end: (name) => {
      signal(name);
      return ended;
    },
  };
}

/** Returns the environment that every program needs to run from its sources. */
export function sourceEnvironment(): Record<string, string | undefined> {
  return { PATH: process.env['PATH'], ...COMPILE_CACHE };
}
