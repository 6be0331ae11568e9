import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { commitOf } from '../machine/machine.ts';

const run = promisify(execFile);
const BUILD_DEADLINE_MS = 600_000;
const OUTPUT_BYTES = 64 * 1_048_576;

/**
 * A measured checkout of Hookline. If it is not this checkout, only its built services and its schemas are used.
 */
export interface Project {
  label: string;
  dir: string;
  commit: string;
}

/** @param dir folder of another checkout; by default, this checkout is opened */
export async function openProject(dir?: string): Promise<Project> {
  const path = resolve(dir ?? '.');
  if (!existsSync(join(path, 'services/dispatcher')) || !existsSync(join(path, 'packages/shared/avro'))) {
    throw new Error(`${path} is not a checkout of Hookline: pass the folder of a clone with --project`);
  }
  if (!existsSync(join(path, 'node_modules/.bin/turbo'))) {
    throw new Error(`${path} has no packages installed: run npm ci there first`);
  }
  const commit = await commitOf(path);
  return { label: dir === undefined ? 'this' : `${basename(path)}@${commit}`, dir: path, commit };
}

/** Builds the services of a checkout into their dist/. */
export async function buildProject({ dir }: Project): Promise<void> {
  const bin = join(dir, 'node_modules/.bin');
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    TURBO_TELEMETRY_DISABLED: '1',
  };
  try {
    await run(join(bin, 'turbo'), ['run', 'build', '--output-logs=errors-only'], {
      cwd: dir,
      env,
      timeout: BUILD_DEADLINE_MS,
      maxBuffer: OUTPUT_BYTES,
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`the build of ${dir} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Returns the folder of the schemas that a checkout publishes. */
export function avroDir({ dir }: Project): string {
  return join(dir, 'packages/shared/avro');
}
