import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { TestResult } from '@jest/test-result';
import * as fc from 'fast-check';
import { addEventHandler, getState } from 'jest-circus';
import type { RunConfig } from '../jest/messages.ts';
import { TestFileRun } from '../jest/test-file-run.ts';
import type { MutantOrder, MutantReply, RunMutant } from './messages.ts';

/** Program of a process that runs suites once for each mutant of a file, until its parent disconnects. */

/** Timeout per test, in ms; short, because a test may wait for something that a mutant prevents. */
const TEST_TIMEOUT_MS = 3_000;
const NO_TEST = /(?!)/;
const SETTING = {
  globalConfig: { testTimeout: TEST_TIMEOUT_MS, maxConcurrency: 5, noStackTrace: true },
  projectConfig: { slowTestThreshold: Infinity, testMatch: [], rootDir: process.cwd() },
} as unknown as RunConfig;

const SOURCES = /\/(?:packages|services)\/[^?]*\.ts$/;
const SUITE = /\.test\.ts$/;
/** Name of the global in which instrumented code finds its switches. */
const SWITCHES = '__stryker__';
/** The state that instrumented code reads and writes. */
const switches: { activeMutant?: string | null; mutantCoverage?: { static: Record<string, number> } } = {};
Object.assign(globalThis, { [SWITCHES]: switches });

// Uses the same inputs in each run and does not shrink a failing input, because the first failure is enough.
fc.configureGlobal({ seed: 1, endOnFailure: true });

let target: { url: string; source: string } | undefined;
/** Number of the run; part of the URLs of the modules that Node must load again for this run. */
let run = 0;
let isFresh = false;

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const resolved = nextResolve(specifier, context);
    const again = SUITE.test(resolved.url) || (isFresh && SOURCES.test(resolved.url));
    return again ? { ...resolved, url: `${resolved.url}?run=${run}` } : resolved;
  },
  load: (url, context, nextLoad) =>
    target && url.split('?')[0] === target.url
      ? { format: 'module-typescript', source: target.source, shortCircuit: true }
      : nextLoad(url, context),
});

addEventHandler((event) => {
  // The first failed test kills the mutant; the others are skipped.
  if (event.name === 'test_done' && event.test.errors.length > 0) getState().testNamePattern = NO_TEST;
});

async function runSuites({ mutant, suites, fresh }: RunMutant): Promise<MutantReply> {
  run++;
  isFresh = fresh;
  switches.activeMutant = mutant;
  switches.mutantCoverage = { static: {} };
  let killedBy: string | null = null;
  for (const suite of suites) {
    killedBy = await firstFailure(suite);
    if (killedBy !== null) break;
  }
  return { kind: 'result', killedBy, hits: switches.mutantCoverage.static };
}

async function firstFailure(suite: string): Promise<string | null> {
  let result: TestResult;
  try {
    result = await new TestFileRun(SETTING, suite).run();
  } catch (error) {
    return `the suite could not be loaded: ${String(error)}`;
  }
  const failed = result.testResults.find(({ status }) => status === 'failed');
  return failed ? `${failed.fullName}: ${failed.failureMessages[0]}` : (result.testExecError?.stack ?? null);
}

async function carryOut(order: MutantOrder): Promise<MutantReply> {
  if (order.kind === 'run') return runSuites(order);
  target = { url: pathToFileURL(order.path).href, source: order.source };
  return { kind: 'ready' };
}

process.on('message', (order: MutantOrder) => {
  void carryOut(order).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit());
