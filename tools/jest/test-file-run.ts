import { pathToFileURL } from 'node:url';
import { jestExpect } from '@jest/expect';
import { type AssertionResult, createEmptyTestResult, type TestResult } from '@jest/test-result';
import type { Circus } from '@jest/types';
import { addEventHandler, getState, resetState, run } from 'jest-circus';
import { formatExecError, formatResultsErrors } from 'jest-message-util';
import type { RunConfig } from './messages.ts';

/** Name of the describe block that jest-circus puts around all others. */
const ROOT_BLOCK = 'ROOT_DESCRIBE_BLOCK';

addEventHandler((event) => {
  if (event.name === 'test_start') jestExpect.setState({ currentTestName: fullName(event.test) });
  if (event.name === 'test_done') addHeldErrors(event.test);
});

/** Assigns an uncaught error to the running test, or to the file if no test is running. */
function noteUncaught(error: Circus.Exception): void {
  const { currentlyRunningTest, unhandledErrors } = getState();
  (currentlyRunningTest?.errors ?? unhandledErrors).push(error);
}
process.on('uncaughtException', noteUncaught);
process.on('unhandledRejection', noteUncaught);

/** Run of one test file, from its import to its results. */
export class TestFileRun {
  readonly #setting: RunConfig;
  readonly #path: string;

  constructor(setting: RunConfig, path: string) {
    this.#setting = setting;
    this.#path = path;
  }

  /** @throws the error that the file throws while it is loaded */
  async run(): Promise<TestResult> {
    const { globalConfig } = this.#setting;
    resetState();
    const state = getState();
    state.testTimeout = globalConfig.testTimeout ?? state.testTimeout;
    state.maxConcurrency = globalConfig.maxConcurrency;
    const pattern = globalConfig.testNamePattern;
    if (pattern) state.testNamePattern = new RegExp(pattern, 'i');
    jestExpect.setState({ testPath: this.#path });

    const start = Date.now();
    await import(pathToFileURL(this.#path).href);
    const outcome = await run();
    return this.#toResult(outcome, start);
  }

  #toResult({ testResults, unhandledErrors }: Circus.RunResult, start: number): TestResult {
    const { globalConfig, projectConfig } = this.#setting;
    const results = testResults.map(toAssertionResult);
    const count = (status: AssertionResult['status']): number =>
      results.filter((one) => one.status === status).length;
    const empty = createEmptyTestResult();
    const end = Date.now();
    const stack = unhandledErrors.join('\n');
    const testExecError = stack === '' ? undefined : { message: '', stack };
    const messages = [
      formatResultsErrors(results, projectConfig, globalConfig, this.#path),
      testExecError && formatExecError(testExecError, projectConfig, globalConfig, this.#path),
    ];
    return {
      ...empty,
      ...(testExecError ? { testExecError } : {}),
      failureMessage: messages.filter(Boolean).join('\n\n') || null,
      numFailingTests: count('failed'),
      numPassingTests: count('passed'),
      numPendingTests: count('pending'),
      numTodoTests: count('todo'),
      perfStats: {
        ...empty.perfStats,
        start,
        end,
        runtime: end - start,
        slow: (end - start) / 1_000 > projectConfig.slowTestThreshold,
      },
      testFilePath: this.#path,
      testResults: results,
    };
  }
}

function toAssertionResult(one: Circus.TestResult): AssertionResult {
  const names = one.testPath.filter((name) => name !== ROOT_BLOCK);
  const failed = one.errors.length > 0;
  const statuses = { skip: 'pending', todo: 'todo', done: failed ? 'failed' : 'passed' } as const;
  return {
    ancestorTitles: names.slice(0, -1),
    title: names.at(-1) ?? '',
    fullName: names.join(' '),
    status: statuses[one.status],
    duration: one.duration ?? null,
    failing: one.failing ?? false,
    failureDetails: [],
    failureMessages: [...one.errors],
    invocations: one.invocations,
    location: one.location ?? null,
    numPassingAsserts: one.numPassingAsserts,
    retryReasons: [...one.retryReasons],
    startAt: one.startedAt ?? null,
  };
}

function fullName(test: Circus.TestEntry): string {
  const names = [test.name];
  for (let block: Circus.DescribeBlock | undefined = test.parent; block; block = block.parent) {
    if (block.name !== ROOT_BLOCK) names.unshift(block.name);
  }
  return names.join(' ');
}

/** Adds failures that `expect` holds back until the end of the test: soft failures and missing assertions. */
function addHeldErrors(test: Circus.TestEntry): void {
  const { numPassingAsserts, suppressedErrors } = jestExpect.getState();
  test.numPassingAsserts = numPassingAsserts;
  jestExpect.setState({ suppressedErrors: [] });
  test.errors.push(
    ...suppressedErrors,
    ...jestExpect.extractExpectedAssertionsErrors().map(({ error }) => error),
  );
}
