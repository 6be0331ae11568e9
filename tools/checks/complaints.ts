import { join } from 'node:path';
import { runProgram } from '../run-program.ts';

/** Runs a static check and returns its complaints; empty if there are none. */
export async function complaintsOf(program: string, ...args: string[]): Promise<string> {
  const { signal } = new AbortController();
  const bin = join(import.meta.dirname, '../../node_modules/.bin', program);
  const env = { TURBO_TELEMETRY_DISABLED: '1', FORCE_COLOR: '0' };
  const { ok, output } = await runProgram(bin, args, { signal, output: 'keep', env });
  return ok ? '' : output || `${program} failed without output`;
}
