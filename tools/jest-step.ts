import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackAddresses } from '@hookline/testkit/stack/start-stack';
import { runProgram } from './run-program.ts';
import { type JestResults, type Tally, tallyJest } from './test-tally.ts';

const JEST = [
  '--conditions=hookline-source',
  '--experimental-vm-modules',
  '--no-warnings=ExperimentalWarning',
  '--import=./tools/tether.mjs',
  'node_modules/jest/bin/jest.js',
];

const JEST_CONFIG = new URL('../jest.config.js', import.meta.url).href;

export interface JestOutcome {
  tests: Tally;
  /** Percentage of lines that the tests ran and the percentage wanted; undefined for a run of some tests only. */
  coverage: { lines: number; wanted: number } | undefined;
}

/**
 * Runs Jest on a stack that is up. Coverage is taken when all tests run: of some, it says nothing.
 * @param args handed to Jest
 */
export async function runJest(
  args: string[],
  stack: StackAddresses,
  signal: AbortSignal,
): Promise<JestOutcome> {
  const outDir = await mkdtemp(join(tmpdir(), 'hookline-jest-'));
  const resultsFile = join(outDir, 'results.json');
  const everything = args.length === 0;
  try {
    const { ok } = await runProgram(
      process.execPath,
      [
        ...JEST,
        '--ci',
        '--json',
        `--outputFile=${resultsFile}`,
        ...(everything ? ['--coverage', `--coverageDirectory=${outDir}`] : args),
      ],
      {
        signal,
        output: 'show',
        env: {
          KAFKA_BROKERS: stack.kafkaBrokers.join(','),
          DATABASE_URL: stack.databaseUrl,
          REDIS_URL: stack.redisUrl,
        },
      },
    );
    const results = await readJson<JestResults>(resultsFile);
    const coverage = everything ? await readCoverage(outDir) : undefined;
    const uncovered = coverage !== undefined && coverage.lines < coverage.wanted;
    return { tests: tallyJest(results, ok, uncovered), coverage };
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

async function readCoverage(outDir: string): Promise<{ lines: number; wanted: number }> {
  const summary = await readJson<{ total: { lines: { pct: number } } }>(
    join(outDir, 'coverage-summary.json'),
  );
  const { default: config } = (await import(JEST_CONFIG)) as {
    default: { coverageThreshold: { global: { lines: number } } };
  };
  const wanted = config.coverageThreshold.global.lines;
  // No summary means that Jest did not get there, and nothing was covered.
  return { lines: summary?.total.lines.pct ?? 0, wanted };
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
