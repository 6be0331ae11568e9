import { type Stack, startStack } from '@hookline/testkit/stack/start-stack';
import { runJest } from './jest-step.ts';
import { runProgram } from './run-program.ts';
import { StoppedBySignal, stopSignal } from './stop-signal.ts';
import { addTallies, type Tally } from './test-tally.ts';

/**
 * `npm test`: the gate. Runs every step, also after one has failed, and ends with the one line `N passed, N failed`:
 * each test counts, and each other step counts as one. Arguments are handed to Jest.
 */

const STEPS: { name: string; program: string; args: string[] }[] = [
  { name: 'lint', program: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', program: 'prettier', args: ['--check', '.', '--log-level', 'warn'] },
  { name: 'types', program: 'tsc', args: ['--noEmit', '-p', 'tsconfig.json'] },
  { name: 'build', program: 'turbo', args: ['run', 'build', '--output-logs=errors-only'] },
];

const PASSED: Tally = { passed: 1, failed: 0 };
const FAILED: Tally = { passed: 0, failed: 1 };

async function main(jestArgs: string[], signal: AbortSignal): Promise<Tally> {
  const tallies: Tally[] = [];
  for (const { name, program, args } of STEPS) {
    const { ok } = await timed(name, async () => {
      const env = { TURBO_TELEMETRY_DISABLED: '1' };
      const { ok, output } = await runProgram(program, args, { signal, output: 'keep', env });
      return { ok, details: ok ? '' : output };
    });
    tallies.push(ok ? PASSED : FAILED);
  }
  return addTallies([...tallies, await testOnStack(jestArgs, signal)]);
}

/** Starts the stack, runs the tests on it and stops it, whatever happens to them. */
async function testOnStack(jestArgs: string[], signal: AbortSignal): Promise<Tally> {
  const started = await timed('stack', async () => startOrExplain(signal));
  if (started.stack === undefined) return FAILED;
  const { stack } = started;
  try {
    const jest = await timed('tests', async () => {
      const outcome = await runJest(jestArgs, stack, signal);
      return { ...outcome, ok: outcome.tests.failed === 0, details: '' };
    });
    return addTallies([PASSED, jest.tests, ...(jest.coverage ? [reportCoverage(jest.coverage)] : [])]);
  } finally {
    await stack.stop();
  }
}

async function startOrExplain(signal: AbortSignal): Promise<{ ok: boolean; details: string; stack?: Stack }> {
  try {
    const stack = await startStack({
      signal,
      onProgress: (line) => console.log(line),
      onFailure: (error) => console.error(error.message),
    });
    return { ok: true, details: '', stack };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, details: error instanceof Error ? error.message : String(error) };
  }
}

function reportCoverage({ lines, wanted }: { lines: number; wanted: number }): Tally {
  const ok = lines >= wanted;
  report('coverage', ok, `${lines} % of the lines, at least ${wanted} % are wanted`);
  return ok ? PASSED : FAILED;
}

async function timed<T extends { ok: boolean; details: string }>(
  name: string,
  run: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const outcome = await run();
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  if (!outcome.ok || outcome.details !== '') console.log(outcome.details.trimEnd());
  report(name, outcome.ok, `${seconds} s`);
  return outcome;
}

function report(name: string, ok: boolean, remark: string): void {
  console.log(`${ok ? '✓' : '✗'} ${name} (${remark})`);
}

const signal = stopSignal();
try {
  const { passed, failed } = await main(process.argv.slice(2), signal);
  process.exitCode = failed === 0 ? 0 : 1;
  console.log(`${passed} passed, ${failed} failed`);
} catch (error) {
  if (!(error instanceof StoppedBySignal)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
