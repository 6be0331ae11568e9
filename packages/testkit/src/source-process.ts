import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { COMPILE_CACHE } from './compile-cache.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Ends the process with the one that started it, however that ends. */
const TETHER = join(ROOT, 'tools/tether.mjs');

/** How Node runs the sources as they are: fault points exist only there. */
export const SOURCE_FLAGS = ['--conditions=hookline-source', '--no-warnings=ExperimentalWarning'];

interface SourceProgram {
  /** Its module, from the root of the repository: `services/dispatcher/src/main.ts`. */
  main: string;
  args?: readonly string[];
  /** Everything of its environment but PATH. */
  env: Readonly<Record<string, string | undefined>>;
  /** Where its output goes: to `stdout` here (by default), to a file descriptor, or nowhere. */
  stdout?: 'pipe' | 'ignore' | number;
  /** Where its errors go: to `stderr` here (by default), or to those of this process. */
  stderr?: 'pipe' | 'inherit';
}

/** How a process ended; one of both is null. */
interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program of this repository, run from its sources as a process of its own, which may be stopped, killed or frozen. */
interface SourceProcess {
  /** Empty where it goes elsewhere. */
  stdout: Readable;
  stderr: Readable;
  /** Resolves when it is gone and all it wrote has been read. */
  ended: Promise<ProcessEnd>;
  /** Sends a signal and does not wait for what it does. */
  signal(name: NodeJS.Signals): void;
  /** Sends a signal; resolves when the process is gone. */
  end(name: NodeJS.Signals): Promise<ProcessEnd>;
}

export function startFromSources(program: SourceProgram): SourceProcess {
  const { main, args = [], env, stdout = 'pipe', stderr = 'pipe' } = program;
  const child = spawn(process.execPath, [...SOURCE_FLAGS, `--import=${TETHER}`, join(ROOT, main), ...args], {
    env: { PATH: process.env['PATH'], ...COMPILE_CACHE, ...env },
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
