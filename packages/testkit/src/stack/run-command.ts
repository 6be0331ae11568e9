import { type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { killGroup } from './kill-group.ts';
import { createTail } from './tail.ts';

/** The program's path if it stands on the PATH, else undefined. */
export function findOnPath(program: string): string | undefined {
  const dirs = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return dirs.map((dir) => join(dir, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface CommandOptions extends Pick<SpawnOptions, 'argv0' | 'cwd' | 'env' | 'gid' | 'uid'> {
  /** Kills the program and all it has started. */
  signal?: AbortSignal;
}

/**
 * Runs a program to its end, which is when nothing it started holds its output any more.
 * @returns what it wrote, stdout and stderr together, last 200 lines
 * @throws Error with the end of its output if it cannot start, exits with another code than 0, or is aborted
 */
export async function runCommand(
  program: string,
  args: string[],
  { signal, ...options }: CommandOptions = {},
): Promise<string> {
  signal?.throwIfAborted();
  // In a process group of its own, so that a kill takes what it has started along.
  const child = spawn(program, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const tail = createTail(200);
  child.stdout.on('data', tail.add);
  child.stderr.on('data', tail.add);
  const kill = (): void => killGroup(child.pid);
  signal?.addEventListener('abort', kill);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, by) => {
        if (code === 0) resolve();
        else reject(new Error(`${program} ended with ${code ?? by}:\n${tail.text(20)}`));
      });
    });
  } finally {
    signal?.removeEventListener('abort', kill);
  }
  signal?.throwIfAborted();
  return tail.text();
}
