import { type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { killGroup } from './kill-group.ts';
import { createTail } from './tail.ts';

/** Returns the path of a program that is on the PATH; undefined if it is not. */
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
  /** When aborted, kills the program and all processes that it has started. */
  signal?: AbortSignal;
}

/**
 * Runs a program; resolves when it has ended and no process that it started keeps its output open.
 * @returns the last 200 lines of stdout and stderr together
 * @throws Error if it cannot be started, exits with a code other than 0 (the message then contains the end of its
 *   output), or is aborted
 */
export async function runCommand(
  program: string,
  args: string[],
  { signal, ...options }: CommandOptions = {},
): Promise<string> {
  signal?.throwIfAborted();
  // Runs in its own process group, so that a kill reaches all processes that it has started.
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
